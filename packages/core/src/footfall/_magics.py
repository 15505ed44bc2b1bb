"""The magics of notebooks that are told by name: those that come with IPython, and few others that many have."""

MAGICS = (
    "alias", "autoawait", "autoreload", "bash", "bookmark", "capture", "cd", "conda", "config", "debug", "dhist",
    "dirs", "edit", "env", "gui", "history", "html", "javascript", "js", "latex", "load", "load_ext", "ls", "lsmagic",
    "macro", "magic", "mamba", "markdown", "matplotlib", "mkdir", "notebook", "page", "pastebin", "pdb", "pdef", "pdoc",
    "perl", "pfile", "pinfo", "pinfo2", "pip", "popd", "pprint", "prun", "psearch", "psource", "pushd", "pwd", "pycat",
    "pylab", "pypy", "python", "python2", "python3", "recall", "rehashx", "reload_ext", "rerun", "reset",
    "reset_selective", "ruby", "run", "save", "sc", "script", "set_env", "sh", "store", "svg", "sx", "system", "tb",
    "time", "timeit", "unalias", "unload_ext", "uv", "who", "who_ls", "whos", "writefile", "xdel", "xmode", "other",
)  # fmt: skip
