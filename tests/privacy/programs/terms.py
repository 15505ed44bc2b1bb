"""What another version, another author or later terms of a program would say, as the test's variables have it."""

import os

# Arguments of a client.
TERMS = {
    "version": os.environ.get("HELLO_VERSION", "1.4.2"),
    "consent": os.environ.get("HELLO_CONSENT", "ask"),
    "retention_months": int(os.environ.get("HELLO_MONTHS", "25")),
    "consent_version": int(os.environ.get("HELLO_TERMS", "1")),
    "operator": "the hello project",
    "public": True,
    "endpoint": "https://usage.example.org",
}
# Names of commands, or of modules in notebooks, that are counted beside those that always are.
NEW = os.environ.get("HELLO_NEW", "").split()
