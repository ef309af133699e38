"""A DNS server of one's own, asked over UDP."""

import socketserver
import threading
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rrset


class Question(socketserver.BaseRequestHandler):
    def handle(self):
        data, socket = self.request
        records = self.server.records
        if records is None:
            return
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        name = query.question[0].name.to_text(omit_final_dot=True)
        if texts := records.get(name):
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *texts))
        elif not any(f".{known}".endswith(f".{name}") for known in records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        socket.sendto(answer.to_wire(), self.client_address)


@contextmanager
def dns_server(records):
    """Yield the port of a server with these records, {name: texts}; None: it never answers."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Question) as server:
        server.records = records
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
