"""Chat completions, as OpenAI and many servers that are compatible with it speak them."""
