"""One package for each protocol, `protocol` for what all of them have to do, `shared` for what they share."""
