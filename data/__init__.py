"""The data of the course as a package, so that importlib.resources finds it."""
