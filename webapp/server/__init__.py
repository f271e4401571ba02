"""How a worker talks to its clients: gunicorn starts and replaces the workers, waitress buffers what is sent."""
