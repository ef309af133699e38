"""A mail server that takes its time: it says nothing to anybody before release() is called."""

import socketserver
import threading
from contextlib import contextmanager

REPLIES = {b"DATA": b"354 Go on\r\n", b"QUIT": b"221 Bye\r\n"}


class SlowMailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.is_asked, self.is_released, self.has_letter = (threading.Event() for _ in range(3))

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def release(self):
        self.is_released.set()


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.is_asked.set()
        self.server.is_released.wait()
        self.wfile.write(b"220 Welcome\r\n")
        in_letter = False
        for line in self.rfile:
            if in_letter and line != b".\r\n":
                continue
            if in_letter:
                self.server.has_letter.set()
            in_letter = line[:4].upper() == b"DATA"
            self.wfile.write(REPLIES.get(line[:4].upper(), b"250 OK\r\n"))


@contextmanager
def slow_mail_server():
    with SlowMailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.release()
        server.shutdown()
