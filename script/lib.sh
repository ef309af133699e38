# What script/server and script/test share: a Python, a .venv, and how a step ends.
# Sourced by both, from the project's folder.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# Runs a command in a session of its own, so that stop() reaches all that it starts, and so
# that Ctrl-C reaches this script alone, which then stops it in order.
run() {
    "$python" -c 'import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' "$@" &
    wait $!
}

# Ends what run() last started, with its children, then this script with the given status.
stop() {
    trap '' INT TERM HUP
    if [ -n "${!-}" ]; then
        kill -TERM $!
        # Again, and to all: a worker of granian that is just starting misses the first.
        while sleep 0.2; kill -0 $!; do kill -TERM -$!; done
        kill -KILL -$!
    fi 2>/dev/null
    exit "$1"
}

# .venv/.installed names the Python and the checksums of what is installed. It is written last:
# without it, or after an upgrade of Python, .venv is made anew from a Python outside it.
find_python() {
    python=.venv/bin/python
    [ "$("$python" -V 2>&1)" = "$(sed 1q .venv/.installed 2>/dev/null)" ] && return
    for python in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    die 'Python 3.11 or later is needed: install it (Debian: apt install python3 python3-venv), or name it with PYTHON=/path/to/python3.'
}

make_venv() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        die "Install python3-venv, e.g. with \"apt install python3-venv\"; then run $0 again."
    say 'Making .venv ...'
    { rm -rf .venv && mkdir .venv; } 2>/dev/null || die "Cannot make .venv in $PWD: this user needs the right to write there."
    run "$python" -m venv .venv >.venv/install.log 2>&1 ||
        die "Python could not make .venv: $(tail -n 1 .venv/install.log) (all of it: .venv/install.log)"
}

# Installs files of requirements into .venv, unless they are in already, and sets $python to it.
install_packages() {
    [ "$python" = .venv/bin/python ] || make_venv
    python=.venv/bin/python
    for file in "$@"; do
        grep -qxF "$(cksum "$file")" .venv/.installed 2>/dev/null && continue
        say "Installing the packages of $* ..."
        rm -f .venv/.installed
        run "$python" -m pip install --quiet --disable-pip-version-check --retries 2 $(printf ' -r %s' "$@") >.venv/install.log 2>&1 ||
            die "Packages could not be downloaded: check the network, then run $0 again. What pip said: .venv/install.log"
        { "$python" -V && cksum "$@"; } >.venv/.installed.new && mv .venv/.installed.new .venv/.installed
        return
    done
}
