"""What a browser meets before the page: routes, policy, cookies, and the start and end of the process."""
