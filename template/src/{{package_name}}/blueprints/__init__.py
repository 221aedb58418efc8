"""One package for each feature of the application. The factory calls the `init_app` of each."""
