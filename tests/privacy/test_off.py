"""Off means nothing written, nothing started, nothing sent: statements of the privacy rules, by number."""
