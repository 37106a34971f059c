"""The server around the page: routes, policy, cookies, and the start and end of the process."""
