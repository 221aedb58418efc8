"""One module for each extension of the application. The factory calls the `init_app` of each."""
