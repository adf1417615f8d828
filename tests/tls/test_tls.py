# SPDX-License-Identifier: MIT
"""TLS beside plain HTTP: what is served over it, how it begins, and what becomes of those who speak
something else."""
import contextlib
import os
import resource
import socket
import ssl
import time
import unittest
import warnings

from http_client import ConnectionClosed, Connection, new_account
from server import scaled, slow_tests_wanted, wait_until
from tls_case import FREE, HOST, TlsConnection, TlsTestCase, address_of

GET = b"GET /livez HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n"


class AnswerTest(TlsTestCase):
    """The same as over plain HTTP, but that URLs are https."""

    def setUp(self):
        super().setUp()
        self.serve()
        self.client = self.tls_client(new_account())

    def test_urls_are_of_the_way_that_the_request_came(self):
        profile = self.client.post("/v1/NetworkAccessProfiles", headers={"Host": HOST}).json()
        self.assertEqual(profile["url"],
                         f"https://{HOST}/v1/NetworkAccessProfiles/{profile['sid']}")
        plain = self.server.client(self.client.user).get("/v1/NetworkAccessProfiles").json()
        self.assertTrue(plain["network_access_profiles"][0]["url"].startswith(self.server.url))

    def test_urls_of_pages(self):
        for _ in range(3):
            self.client.post("/v1/NetworkAccessProfiles")
        page = self.client.get("/v1/NetworkAccessProfiles?PageSize=2",
                               headers={"Host": HOST}).json()
        url = page["meta"]["next_page_url"]
        self.assertTrue(url.startswith(f"https://{HOST}/v1/NetworkAccessProfiles?"), url)
        rest = self.client.get(url.removeprefix(f"https://{HOST}"), headers={"Host": HOST}).json()
        self.assertEqual(len(rest["network_access_profiles"]), 1)

    def test_nothing_that_is_sent_changes_the_scheme(self):
        for target, headers in (("/v1/Fleets", {"X-Forwarded-Proto": "http"}),
                                (f"http://{HOST}/v1/Fleets", {}),
                                (f"https://{HOST}/v1/Fleets", {})):
            with self.subTest(target, headers=headers):
                answer = self.client.request("GET", target, headers={"Host": HOST, **headers})
                self.assertTrue(answer.json()["meta"]["url"].startswith(f"https://{HOST}/v1/"))
        plain = self.server.client().get("/v1/Fleets", headers={"X-Forwarded-Proto": "https"})
        self.assertTrue(plain.json()["meta"]["url"].startswith("http://"))

    def test_a_host_that_is_none(self):
        connection = self.connect()
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(connection.read_response().json()["api"],
                         self.server.ready["tls_url"] + "/v1")

    def test_no_header_lets_browsers_pin_the_real_host(self):
        self.assertIsNone(self.client.get("/livez").header("Strict-Transport-Security"))

    def test_keep_alive_and_pipelining(self):
        for _ in range(50):
            self.assertEqual(self.client.get("/livez").status, 200)
        self.assertEqual(self.client.connections_opened, 1)
        connection = self.connect()
        connection.send(GET * 20)
        for _ in range(20):
            self.assertEqual(connection.read_response().status, 200)

    def test_large_bodies_and_answers(self):
        """More than a record of TLS, and than what the library reads at once."""
        fleets = [{"unique_name": f"{number}-" + "n" * 50, "network_access_profile_sid": "profile",
                   "sms_commands_url": "http://127.0.0.1:9/" + "u" * 900} for number in range(500)]
        state = {"accounts": [{"sid": self.client.user, "fleets": fleets,
                               "network_access_profiles": [{"unique_name": "profile"}]}]}
        answer = self.client.control("PUT", "state", state)
        self.assertEqual(answer.status, 200, answer)
        listed = self.client.get("/v1/Fleets?PageSize=1000").json()["fleets"]
        self.assertEqual(len(listed), 500)

    def test_many_at_once(self):
        connections = [self.connect() for _ in range(scaled(100, 20))]
        for connection in connections:
            connection.send(GET)
        for connection in connections:
            self.assertEqual(connection.read_response().status, 200)

    def test_clients_that_vanish(self):
        for _ in range(10):
            connection = self.connect()
            connection.send(self.client.build("POST", "/v1/NetworkAccessProfiles", b""))
            connection.socket.close()
        self.assertEqual(self.client.get("/livez").status, 200)


class ControlTest(TlsTestCase):
    """What of the control API depends on the way that a request came."""

    def setUp(self):
        super().setUp()
        self.serve()
        self.client = self.tls_client(new_account())

    def test_pages_of_its_own_origin(self):
        url = self.server.ready["tls_url"]
        for origin, status in ((url, 200), (url.replace("https", "http"), 403),
                               (self.server.url, 403), ("https://evil.example", 403)):
            with self.subTest(origin):
                answer = self.client.control("GET", "clock", headers={"Origin": origin})
                self.assertEqual(answer.status, status, answer)

    def test_hosts_are_judged_as_ever(self):
        answer = self.client.control("GET", "clock", headers={"Host": HOST})
        self.assertEqual(answer.status, 403)
        self.assertIn(f"--public-url https://{HOST}", answer.json()["hint"])

    def test_a_sink_is_called_over_tls(self):
        """Its URL is https, and the sender trusts who signed for it."""
        sink = self.client.control("PUT", "sinks/tls", {}).json()
        self.assertTrue(sink["url"].startswith(self.server.ready["tls_url"]), sink)
        self.client.control("PUT", "clock", {"mode": "frozen", "now": "2026-01-15T12:00:00Z"})
        profile = self.client.post("/v1/NetworkAccessProfiles").json()["sid"]
        fleet = self.client.post("/v1/Fleets", {"NetworkAccessProfile": profile,
                                                "SmsCommandsUrl": sink["url"]}).json()["sid"]
        sim = self.client.post("/v1/Sims", {"Iccid": "89883070000123456789",
                                            "RegistrationCode": "H3LL0W0RLD"}).json()["sid"]
        self.client.post("/v1/Sims/" + sim, {"Fleet": fleet, "Status": "active"})
        self.client.control("POST", "clock/advance", {"by": "1s"})
        self.client.control("POST", f"sims/{sim}/sms-commands", {"payload": "hi"})
        self.client.control("POST", "clock/advance", {"by": "1s"})
        [received] = self.client.control("GET", "sinks/tls/received").json()["requests"]
        self.assertTrue(received["url"].startswith("https://"), received)

    def test_info_says_what_the_certificate_is_for(self):
        certificate = self.client.control("GET", "info").json()["certificate"]
        self.assertIs(certificate["new"], True)
        self.assertEqual(certificate["names"], [HOST, "supersim.local.twilio.com", "localhost",
                                                "127.0.0.1", "::1"])
        self.assertRegex(certificate["until"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


class PublicUrlTest(TlsTestCase):
    def test_it_wins(self):
        self.serve("--public-url", "http://sims.test:8080")
        client = self.tls_client(new_account())
        self.assertTrue(client.get("/v1/Fleets").json()["meta"]["url"]
                        .startswith("http://sims.test:8080/v1/"))
        connection = self.connect(name="sims.test")
        connection.send(GET)
        self.assertEqual(connection.read_response().status, 200)


class HandshakeTest(TlsTestCase):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_versions(self):
        authority = self.authority()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            connection = self.connect(context=self.context_of(authority, version))
            connection.send(GET)
            self.assertEqual(connection.read_response().status, 200, version)
        old = ssl.create_default_context(cadata=authority)
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError):
            self.connect(context=old)

    def test_every_name_and_no_other(self):
        for name in (HOST, "supersim.local.twilio.com", "localhost", "127.0.0.1", "::1"):
            with self.subTest(name):
                self.connect(name=name)
        for name in ("api.twilio.com", "example.com", "127.0.0.2"):
            with self.subTest(name), self.assertRaises(ssl.SSLCertVerificationError):
                self.connect(name=name)

    def test_sessions_are_resumed(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context_of(self.authority(), version)
            first = self.connect(context=context)
            self.assertFalse(first.socket.session_reused)
            first.send(GET)
            first.read_response()  # the tickets came before it
            again = self.connect(context=context, session=first.socket.session)
            self.assertTrue(again.socket.session_reused, version)
            again.send(GET)
            self.assertEqual(again.read_response().status, 200)

    def test_one_protocol_is_offered(self):
        context = self.context_of(self.authority())
        context.set_alpn_protocols(["h2", "http/1.1"])
        self.assertEqual(self.connect(context=context).socket.selected_alpn_protocol(), "http/1.1")

    def test_plain_http_is_closed_and_told(self):
        for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST /v1/Fleets HTTP/1.1\r\n"):
            connection = Connection(self.tls_address)
            self.addCleanup(connection.close)
            connection.send(data)
            with self.assertRaises(ConnectionClosed):
                # The library says so by an alert of TLS before it closes.
                connection.read_response()
        [line] = self.wait_for_log("plain HTTP came to the TLS port")
        self.assertIn("call https://, not http://", line)
        self.assertIn(" warning ", line)

    def test_tls_on_the_plain_port_is_told(self):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            TlsConnection(self.server.address, self.context)
        self.wait_for_log("a TLS handshake came to the plain HTTP port")

    def test_a_client_that_does_not_trust_is_told(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(context=ssl.create_default_context())
        self.wait_for_log("does the client trust our certificate?")

    def test_who_only_connects_is_not_told(self):
        for _ in range(3):
            socket.create_connection(self.tls_address).close()
        connection = self.connect()
        connection.send(GET)
        connection.read_response()
        self.assertNotIn("warning", self.server.log())

    def test_rubbish(self):
        for data in (b"\x16\x03\x01\xff\xff" + b"x" * 500, b"\x16", b"\x80\x2e\x01", os.urandom(64),
                     b"\x15\x03\x03\x00\x02\x02\x28", b""):
            connection = Connection(self.tls_address)
            connection.send(data)
            with contextlib.suppress(OSError):  # it may have been closed by then
                connection.socket.shutdown(socket.SHUT_WR)
            with self.assertRaises(ConnectionClosed):
                connection.read_response()
            connection.close()
        connection = self.connect()
        connection.send(GET)
        self.assertEqual(connection.read_response().status, 200)

    def half_open(self, data):
        """A connection whose handshake begins and never ends; that it was closed: `is_at_end`."""
        connection = Connection(self.tls_address)
        self.addCleanup(connection.close)
        connection.send(data)
        return connection

    def test_half_open_handshakes_hold_nobody_up(self):
        """As many as the descriptors of both sides allow."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(scaled(2000, 200), soft - 200)
        for number in range(count):
            self.half_open(b"\x16\x03\x01" if number % 2 else b"")
        client = self.tls_client(new_account())
        for _ in range(20):
            self.assertEqual(client.get("/livez").status, 200)
            self.assertEqual(self.server.client().get("/livez").status, 200)

    def cpu_seconds(self):
        """Of the server, so far."""
        with open(f"/proc/{self.server.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_half_open_handshakes_cost_nothing(self):
        """The library would try them again and again. Bytes that come now and then are looked at."""
        halves = [self.half_open(b"\x16\x03\x01\x3f\xff") for _ in range(50)]
        self.assertEqual(self.server.client().get("/livez").status, 200)
        before = self.cpu_seconds()
        time.sleep(1)
        for half in halves:
            half.send(b"x")
        self.assertEqual(self.server.client().get("/livez").status, 200)
        self.assertLess(self.cpu_seconds() - before, 0.5)

    @unittest.skipUnless(slow_tests_wanted(), "waits for a time-out")
    def test_half_open_handshakes_end(self):
        """Ten seconds after they began, though bytes come all the while; a client that is through
        with its handshake may be silent for longer."""
        through = self.connect()
        silent, dripping = self.half_open(b""), self.half_open(b"\x16\x03\x01\x3f\xff")
        begun = time.monotonic()
        wait_until(lambda: not dripping.takes(b"\x01"), "a dripping handshake to be cut off")
        self.assertGreater(time.monotonic() - begun, 8)
        self.assertTrue(silent.is_at_end())
        through.send(GET)
        self.assertEqual(through.read_response().status, 200)


class StopTest(TlsTestCase):
    def test_what_is_asked_is_answered_before_it_ends(self):
        self.serve()
        idle, half = self.connect(), Connection(self.tls_address)
        self.addCleanup(half.close)
        half.send(b"\x16\x03")
        self.server.terminate()
        self.assertEqual(self.server.wait()[0], 0)
        self.assertTrue(idle.is_at_end())

    def test_two_listening_addresses(self):
        self.serve()
        code = self.run_to_exit("--listen", FREE, "--db", ":memory:", "--tls", "auto",
                                "--tls-listen", "%s:%d" % self.tls_address)
        self.assertEqual(code.returncode, 69)
        self.assertIn("--tls-listen with another port", code.stderr)

    def test_without_tls_there_is_nothing_of_it(self):
        self.server = self.start()
        self.assertEqual(list(self.server.ready), ["ready", "url", "pid"])
        client = self.server.client()
        for path in ("ca.pem", "ca-bundle.pem", "ca.p12"):
            answer = client.get("/_emulator/" + path, authorization="")
            self.assertEqual(answer.status, 404, answer)
            self.assertIn("--tls auto", answer.json()["hint"])
        self.assertIsNone(client.control("GET", "info").json()["certificate"])


class ListenTest(TlsTestCase):
    def test_others_can_reach_it(self):
        """So the operator must say who he is, as on the plain port."""
        server = self.start("--tls", "auto", "--tls-listen", "0.0.0.0:0")
        self.assertIn("admin token for /_emulator: ", server.log())
        self.assertEqual(address_of(server.ready["tls_url"])[0], "0.0.0.0")


if __name__ == "__main__":
    unittest.main()
