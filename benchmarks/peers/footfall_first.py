# /// peer
# title = "Footfall, on, first run of a day"
# venv = "footfall"
# app = "footfall"
# wheels = ["core", "click-plugin"]
# env = { HELLO_TELEMETRY = "1", FOOTFALL_ENDPOINT = "{url}" }
# forget = [".local/state/footfall/hello/spool/*"]
# records = "before and after the body: a line each"
# sends = "this is the run that starts the sender"
# local_only = true
# note = "each run is made the first of its day, on a machine that has counted before"
# ///
