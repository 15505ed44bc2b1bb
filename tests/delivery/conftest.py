"""Real programs, senders and collectors, for the tests of what is counted when things go wrong."""
