"""The parts of the demo: real files and command lines, the people who run them, what is true of it, what is shown."""
