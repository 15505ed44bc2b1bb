# /// peer
# title = "Footfall, off"
# venv = "footfall"
# app = "footfall"
# wheels = ["core", "click-plugin"]
# env = { DO_NOT_TRACK = "1", FOOTFALL_ENDPOINT = "{url}" }
# records = "never"
# sends = "never"
# local_only = true
# ///
