"""script/server while it serves: how it stops, what it survives, and a second start beside it."""

import json
import os
import signal
import socket
import time

import pytest

from tests.helpers.running import (
    PATIENCE,
    Site,
    assert_one_line,
    children,
    free_port,
    handles,
    kill,
    processes_of,
    run,
    started,
)


@pytest.mark.parametrize(
    ("to", "number"),
    [
        pytest.param(os.kill, signal.SIGINT, marks=pytest.mark.long, id="Ctrl-C to the script"),
        pytest.param(os.killpg, signal.SIGINT, id="Ctrl-C to all, as a terminal does"),
        pytest.param(os.kill, signal.SIGTERM, id="SIGTERM"),
    ],
)
def test_it_stops_cleanly_and_leaves_no_process(data_dir, tmp_path, to, number):
    with started(data_dir, tmp_path, WEB_CONCURRENCY=2) as site:
        assert len(processes_of(data_dir)) > 2  # or nothing would be proven below
        to(site.process.pid, number)
        assert site.process.wait(timeout=PATIENCE) == 0
        assert processes_of(data_dir) == []
        assert "Traceback" not in site.output.read_text()


def test_the_site_survives_the_death_of_a_worker_and_again_at_once(data_dir, tmp_path):
    with started(data_dir, tmp_path) as site:
        killed = []
        for _ in range(3):
            killed.append(site.wait_for(lambda: site.worker() not in killed and site.worker()))
            (granian,) = children(site.process.pid)
            os.kill(granian, signal.SIGSTOP)  # as on a busy machine, it looks when the worker is dead
            kill(handles(killed[-1:]))
            os.kill(granian, signal.SIGCONT)
        site.wait_for(lambda: site.worker() not in [None, *killed])
        site.wait_for(site.answers)


def test_the_site_survives_the_death_of_granian_itself(data_dir, tmp_path):
    with started(data_dir, tmp_path) as site:
        (granian,), worker = children(site.process.pid), site.worker()
        os.kill(granian, signal.SIGKILL)
        site.wait_for(lambda: children(site.process.pid) not in ([], [granian]))
        site.wait_for(site.answers)
        assert worker not in processes_of(data_dir)  # it would answer beside the new one


def test_a_start_beside_the_running_site_updates_it_whatever_port_it_asks_for(running):
    before, other = running.worker(), free_port()
    result = run("script/server", DATA_DIR=running.data_dir, PORT=other)
    assert result.returncode == 0, result.stderr
    assert f"The running site (port {running.url.rpartition(':')[2]}, process " in result.stdout
    running.wait_for(lambda: running.worker() not in (None, before))
    running.wait_for(running.answers)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", other))


def test_of_two_starts_at_once_one_serves_and_the_other_says_what_it_does(data_dir, tmp_path):
    two = [Site(data_dir, tmp_path / f"{number}.txt") for number in range(2)]
    try:
        deadline = time.monotonic() + PATIENCE
        while not (refused := [site for site in two if site.process.poll() is not None]):
            assert time.monotonic() < deadline, "both start"
            time.sleep(0.05)  # nothing tells which of the two ends, or when
        (serves,) = (site for site in two if site not in refused)
        *_, line = refused[0].output.read_text().splitlines()
        if refused[0].process.returncode == 1:
            assert f"starts the site in {data_dir} just now" in line
        else:  # it came when the other served already
            assert refused[0].process.returncode == 0
            assert "goes over to the code that is here" in line
        serves.wait_for(serves.answers)
    finally:
        for site in two:
            site.stop()


def assert_a_stop_is_quick(data_dir, tmp_path, begin, **changes):
    """It takes three seconds at most, and what this machine needs to notice: of three times once."""
    for _ in range(3):
        with started(data_dir, tmp_path, **changes) as site:
            begin(site)
            begun = time.monotonic()
            assert site.stop() == 0
            assert processes_of(site.data_dir) == []
            seconds = time.monotonic() - begun
        if seconds < 3.5:
            return
    pytest.fail(f"a stop took {seconds:.1f} seconds")


def test_a_stop_takes_three_seconds_at_most_in_the_middle_of_a_reload_too(data_dir, tmp_path):
    def reload(site):
        before = site.worker()
        assert run("script/server", DATA_DIR=data_dir).returncode == 0
        site.wait_for(lambda: len(children(children(site.process.pid)[0])) > 2 or site.worker() != before)

    assert_a_stop_is_quick(data_dir, tmp_path, reload, WEB_CONCURRENCY=2)


def test_a_stop_does_not_wait_for_a_request_that_never_ends(data_dir, tmp_path):
    connections = []

    def ask(site):
        connections.append(socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2]))))
        connections[-1].sendall(
            b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx"
        )

    assert_a_stop_is_quick(data_dir, tmp_path, ask)
    for connection in connections:
        connection.close()


def test_a_start_waits_for_a_site_that_is_ending_and_then_serves(data_dir, tmp_path):
    with started(data_dir, tmp_path) as site:
        site.process.send_signal(signal.SIGTERM)
        again = Site(data_dir, tmp_path / "again.txt", PORT=site.url.rpartition(":")[2])
        again.url = site.url
        try:
            again.wait_for(again.answers)
            assert "goes over" not in again.output.read_text()
            assert site.process.wait(timeout=PATIENCE) == 0
        finally:
            again.stop()


def test_a_site_that_another_container_serves_is_left_alone(running):
    state = running.data_dir / "server.pid"
    said = state.read_text()
    state.write_text(json.dumps({**json.loads(said), "namespace": "pid:[1]"}))
    assert_one_line(run("script/server", DATA_DIR=running.data_dir), "another container")
    assert running.answers()
    state.write_text(said)


def test_a_site_that_the_release_before_started_is_updated(running):
    """Its server.pid holds the number of granian alone."""
    before = running.worker()
    (running.data_dir / "server.pid").write_text(f"{children(running.process.pid)[0]}\n")
    assert "goes over" in run("script/server", DATA_DIR=running.data_dir).stdout
    running.wait_for(lambda: running.worker() not in (None, before))
