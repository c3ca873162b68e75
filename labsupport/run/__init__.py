"""Ways to use the course: in JupyterLab, in a room, as pages, over real sockets."""
