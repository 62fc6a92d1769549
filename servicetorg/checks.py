"""System checks of the project as a whole."""
