"""Grid worlds of the `minigrid` package, with a shortest-path expert."""
