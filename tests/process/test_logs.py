# SPDX-License-Identifier: MIT
"""What the log tells an operator: at its default level what went wrong and why, with debug or an
access log each request; under which key; and that no secret is in it."""
import json
import os
import resource
import socket
import ssl
import unittest

from device_case import DeviceTestCase
from http_client import Connection, basic, new_account
from receiver import unused_port
from server import DirectoryTestCase, PATIENCE_SECONDS, REPOSITORY, read_available, wait_until

ACCOUNT = "AC" + "1" * 32
KEY = "SK" + "3" * 32
PROFILES = "/v1/NetworkAccessProfiles"
CANNOT_CREATE = 73
SENT_AGAIN = "a webhook failed, and will be sent again"
NOT_SENT_AGAIN = "a webhook failed, and will not be sent again"
REFUSED = "credentials were refused"
TLS = "a TLS handshake came to the plain HTTP port"
# Never to be found in a log.
SECRETS = ("hush", "hidden", "top-secret")


def parsed(text):
    """The lines of a log as JSON."""
    return [json.loads(line) for line in text.splitlines()]


class LogTestCase(DirectoryTestCase, DeviceTestCase):
    """A server of each test's own, which logs JSON."""

    @classmethod
    def setUpClass(cls):
        """The test starts its own server."""

    def setUp(self):
        DirectoryTestCase.setUp(self)
        self.profile = None

    def serve(self, *options, user=None, secret="top-secret", **settings):
        """A server, with a client of it."""
        self.server = self.start("--log-format", "json", *options, **settings)
        self.client = self.server.client(user, secret)
        return self.server

    def lines(self, message, server=None):
        """The log's lines with this message, once there is one."""
        def found():
            return [line for line in parsed((server or self.server).log())
                    if line["message"] == message]
        return wait_until(found, f"the line {message!r}")

    def line(self, message, server=None):
        """The only line with this message."""
        lines = self.lines(message, server)
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def assert_no_secrets(self, text=None):
        """Neither in the log nor in the text."""
        for secret in SECRETS:
            self.assertNotIn(secret, text if text is not None else self.server.log())


class DefaultLevelTest(LogTestCase):
    """What is told without being asked for."""

    def test_the_start(self):
        server = self.serve(database="test.db")
        version = self.client.get("/livez").header("Emulator-Version")
        line = self.line("started")
        self.assertEqual(line.pop("time")[-1], "Z")
        self.assertEqual(line, {
            "level": "info", "message": "started", "version": version, "url": server.url,
            "database": os.path.realpath(self.path("test.db")), "pid": server.pid})

    def test_the_start_as_text(self):
        server = self.start()
        self.assertRegex(server.log(), rf"^\S+Z info started version=\S+ url={server.url} "
                                       rf"database=:memory: pid={server.pid}\n$")

    def test_a_request_is_not_told(self):
        self.serve()
        self.client.get("/livez")
        self.client.get("/v1/Fleets", authorization="")
        self.assertEqual(len(self.server.log().splitlines()), 1, self.server.log())

    def deliver(self, url):
        """One SMS webhook to this URL, tried once or twice; its delivery."""
        sim = self.active_sim(self.fleet(SmsCommandsUrl=url))
        sid = self.control("POST", f"sims/{sim['sid']}/sms-commands", {"payload": "hidden"},
                           201)["delivery"]
        self.advance("1s")
        return sim, self.control("GET", "deliveries/" + sid)

    def test_a_webhook_that_nobody_takes(self):
        self.serve()
        port = unused_port()
        sim, delivery = self.deliver(
            f"http://user:hush@127.0.0.1:{port}/hook?token=hush#rc=0")
        line = self.line(NOT_SENT_AGAIN)
        attempt = delivery["attempts"][0]
        self.assertEqual(line["level"], "warning")
        for name, value in {
                "account": self.client.user, "event": "sms_command",
                "subject": delivery["subject_sid"], "url": f"http://127.0.0.1:{port}/hook?***",
                "result": "connect", "status": None, "error": attempt["error"], "code": 11200, "attempt": 1,
                "next_attempt": None, "delivery": delivery["sid"]}.items():
            self.assertEqual(line[name], value, line)
        self.assertEqual(sim["account_sid"], line["account"])
        self.assert_no_secrets()

    def test_a_webhook_that_is_sent_again(self):
        self.serve("--webhook-retries", "1h")
        self.freeze("2026-01-15T12:00:00Z")
        self.deliver(f"http://127.0.0.1:{unused_port()}/hook#rc=0")
        line = self.line(SENT_AGAIN)
        self.assertEqual((line["level"], line["attempt"]), ("info", 1))
        delivery = self.control("GET", "deliveries/" + line["delivery"])
        self.assertEqual(line["next_attempt"], delivery["next_attempt"])
        self.advance("2h")
        line = self.line(NOT_SENT_AGAIN)
        self.assertEqual((line["attempt"], line["next_attempt"]), (2, None))

    def test_a_webhook_that_is_answered_badly(self):
        self.serve()
        self.control("PUT", "sinks/hook", {"answers": [{"status": 500}]})
        self.deliver(f"{self.server.url}/_emulator/sinks/hook/in")
        line = self.line(NOT_SENT_AGAIN)
        self.assertEqual((line["result"], line["status"]), ("status", 500))

    def test_a_webhook_that_may_not_be_sent(self):
        self.serve()
        self.deliver("http://203.0.113.1/hook")
        line = self.line(NOT_SENT_AGAIN)
        self.assertEqual((line["result"], line["status"]), ("policy", None))
        self.assertIn("--allow-egress", line["error"])

    def test_a_webhook_that_arrives_is_not_told(self):
        self.serve()
        self.control("PUT", "sinks/hook", {})
        _, delivery = self.deliver(f"{self.server.url}/_emulator/sinks/hook/in")
        self.assertEqual(delivery["state"], "delivered")
        self.assertNotIn("webhook", self.server.log())

    def test_a_webhook_as_text(self):
        self.server = self.start()
        self.client = self.server.client()
        port = unused_port()
        self.deliver(f"http://127.0.0.1:{port}/hook#rc=0")
        self.assertRegex(
            self.server.log(),
            rf"(?m)^\S+Z warning {NOT_SENT_AGAIN} account={self.client.user} event=sms_command "
            rf"subject=HC[0-9a-f]+ url=http://127.0.0.1:{port}/hook result=connect "
            r'error="[^"]+" code=11200 attempt=1 delivery=WD[0-9a-f]+$')

    def test_a_seed_that_is_left_out(self):
        with open(self.path("seed.json"), "w", encoding="utf-8") as seed:
            json.dump({"accounts": [{"sid": ACCOUNT, "auth_token": "top-secret",
                                     "clock": {"mode": "frozen"},
                                     "network_access_profiles": [{"unique_name": "p"}]}]}, seed)
        put = "records of the seed were put into an account"
        left = "records of the seed were left out: the account holds some already"
        for message, other in ((put, left), (left, put)):
            self.serve("--seed", "seed.json", database="test.db")
            line = self.line(message)
            self.assertEqual((line["account"], line["records"]), (ACCOUNT, 1))
            self.assertNotIn(other, self.server.log())
            self.assert_no_secrets()
            self.server.stop()


class RequestIdTest(LogTestCase):
    """An answer's id is the key to all that was logged on behalf of its request."""

    def keyed(self, answer):
        """The lines with an answer's id, without the access log's."""
        key = answer.header("Twilio-Request-Id")
        self.assertRegex(key, "^RQ[0-9a-f]{32}$")
        return [line for line in parsed(self.server.log())
                if line.get("request_id") == key and "status" not in line]

    def test_each_request_has_its_own(self):
        self.serve("--access-log", "-")
        answers = [self.client.get("/livez"), self.client.post(PROFILES),
                   self.client.get("/v1/Nothing"), self.client.get(PROFILES, authorization="")]
        keys = [answer.header("Twilio-Request-Id") for answer in answers]
        self.assertEqual(len(set(keys)), 4)
        logged = [line["request_id"] for line in parsed(self.server.log()) if "path" in line]
        self.assertEqual(logged, keys)

    def test_a_refusal(self):
        self.serve("--log-level", "debug")
        answer = self.client.get("/v1/Fleets", authorization="")
        self.assertEqual([line["message"] for line in self.keyed(answer)], [REFUSED])

    def test_a_fault_on_the_writer(self):
        """Of one request alone, what the database says is on its behalf, too."""
        unlimited = resource.RLIM_INFINITY
        self.serve(database="test.db", limits={resource.RLIMIT_FSIZE: (1 << 20, unlimited)})

        def failed():
            answer = self.client.post(PROFILES)
            return answer if answer.status != 201 else None

        answer = wait_until(failed, "the limit")
        self.assertEqual(answer.status, 500)
        lines = self.keyed(answer)
        self.assertEqual(lines[-1]["message"], f"POST {PROFILES}: answered 500")
        self.assertTrue(any(line["message"].startswith("database: ") for line in lines), lines)
        # What is then logged on the writer's thread is not on its behalf.
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        count = len(lines)
        self.assertEqual(self.client.post(PROFILES).status, 201)
        self.assertEqual(len(self.keyed(answer)), count)

    def test_a_fault_of_an_advance(self):
        """It is done by other threads, in steps."""
        self.serve(database="test.db")
        sim = self.register()
        self.update_sim(sim, 202, Fleet=self.fleet()["sid"], Status="active")
        self.client.control("PUT", "clock", {"mode": "frozen"})
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE,
                         (os.path.getsize(self.path("test.db-wal")), resource.RLIM_INFINITY))
        answer = self.client.control("POST", "clock/advance", {"by": "1s"})
        self.assertEqual(answer.status, 500)
        lines = self.keyed(answer)
        self.assertTrue(any(line["message"].startswith("database: ") for line in lines), lines)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class RefusedCredentialsTest(LogTestCase):
    """Whose credentials were refused and why; at debug, who had none, too. Never with what."""

    def reason(self, status=401, path="/v1/Fleets", **how):
        """Who was refused, and why."""
        before = self.server.log().count(REFUSED)
        self.assertEqual(self.client.get(path, **how).status, status)
        lines = self.lines(REFUSED)
        self.assertEqual(len(lines), before + 1, lines)
        anonymous = lines[-1]["reason"] == "there is no Authorization header"
        self.assertEqual(lines[-1]["level"], "debug" if anonymous else "info")
        return lines[-1]["account"], lines[-1]["reason"]

    def test_at_the_default_level(self):
        self.serve("--account", f"{ACCOUNT}:top-secret")
        self.assertEqual(self.client.get("/v1/Fleets", authorization="").status, 401)
        self.assertEqual(self.reason(authorization=basic(ACCOUNT, "hush")),
                         (ACCOUNT, "the token is wrong"))
        self.assertEqual(len(self.lines(REFUSED)), 1)
        self.assert_no_secrets()

    def test_reasons(self):
        self.serve("--log-level", "debug", "--account", f"{ACCOUNT}:top-secret",
                   "--api-key", f"{KEY}:top-secret:{ACCOUNT}")
        no_sid = "the user is no SID of an account or an API key"
        for authorization, account, reason in (
                ("", None, "there is no Authorization header"),
                ("Bearer hush", None, "the Authorization header is not of the Basic scheme"),
                ("Basic hush!", None, "the credentials are no base64 of a text"),
                ("Basic aHVzaA==", None, "the credentials have no colon"),
                (basic("hush", ACCOUNT), None, no_sid),
                (basic("", "hush"), None, no_sid),
                (basic(ACCOUNT, "hush"), ACCOUNT, "the token is wrong"),
                (basic(KEY, "hush"), KEY, "the API key's secret is wrong"),
                (basic("SK" + "4" * 32, "hush"), "SK" + "4" * 32, "there is no such API key")):
            with self.subTest(reason=reason, account=account):
                self.assertEqual(self.reason(authorization=authorization), (account, reason))
        self.assert_no_secrets()

    def test_strict(self):
        self.serve("--log-level", "debug", "--auth", "strict", "--account",
                   f"{ACCOUNT}:top-secret")
        stranger = new_account()
        self.assertEqual(self.reason(authorization=basic(stranger, "hush")),
                         (stranger, "--auth strict, and no such account was given"))
        self.assert_no_secrets()

    def test_one_that_has_ended(self):
        self.serve("--log-level", "debug")
        self.control("POST", "accounts", {"sid": ACCOUNT}, 201, authorization="")
        self.control("DELETE", "accounts/" + ACCOUNT, status=204, authorization="")
        self.assertEqual(self.reason(authorization=basic(ACCOUNT, "hush")),
                         (ACCOUNT, "the account has ended"))

    def test_the_operator(self):
        self.serve("--log-level", "debug", "--admin-token", "top-secret")
        self.assertEqual(self.reason(path="/_emulator/accounts", authorization="Bearer hush"),
                         (None, "the admin token is wrong"))
        self.assert_no_secrets()

    def test_with_a_large_body(self):
        """Its headers are judged before the body is taken, and again."""
        self.serve("--log-level", "debug", "--account", f"{ACCOUNT}:top-secret")
        answer = self.client.request("PUT", "/_emulator/state", b" " * 100_000,
                                     authorization=basic(ACCOUNT, "hush"))
        self.assertEqual(answer.status, 401)
        self.assertEqual(self.line(REFUSED)["account"], ACCOUNT)


class AccessLogTest(LogTestCase):
    """Each request, as fields."""

    def assert_logged(self, line, answer, **expected):
        """A line, but for the times in it."""
        self.assertGreaterEqual(line.pop("duration_us"), 0)
        self.assertEqual(line.pop("time")[-1], "Z")
        expected["request_id"] = answer.header("Twilio-Request-Id")
        expected["message"] = f"{expected['method']} {expected['path']} {expected['status']}"
        self.assertEqual(line, {"level": "info", **expected})

    def use(self):
        """Requests of all kinds, and what is expected of their lines."""
        user = self.client.user
        yield self.client.get("/livez"), {
            "account": None, "method": "GET", "path": "/livez", "query": None, "status": 200,
            "code": None}
        yield self.client.get(PROFILES + "?PageSize=2&Nothing=a%20b&token=hush&pwd=hush&sig=hush"
                              "&jwt=hush&bearer=hush"), {
            "account": user, "method": "GET", "path": PROFILES,
            "query": "PageSize=2&Nothing=a%20b&token=***&pwd=***&sig=***&jwt=***&bearer=***",
            "status": 200, "code": None}
        yield self.client.post(PROFILES, {"UniqueName": "hidden"}), {
            "account": user, "method": "POST", "path": PROFILES, "query": None, "status": 201,
            "code": None}
        yield self.client.get("/v1/Fleets/nobody?"), {
            "account": user, "method": "GET", "path": "/v1/Fleets/nobody", "query": "",
            "status": 404, "code": 20404}
        yield self.client.control("POST", "clock/advance", {"by": "0s"}), {
            "account": user, "method": "POST", "path": "/_emulator/clock/advance",
            "query": None, "status": 200, "code": None}
        yield self.client.get("/v1/Fleets", authorization=basic(KEY, "hush")), {
            "account": KEY, "method": "GET", "path": "/v1/Fleets", "query": None, "status": 401,
            "code": 20003}

    def compare(self, used, lines):
        """What was used with what was logged."""
        self.assertEqual(len(lines), len(used), lines)
        for (answer, expected), line in zip(used, lines):
            with self.subTest(path=expected["path"]):
                self.assert_logged(line, answer, **expected)

    def test_with_debug(self):
        self.serve("--log-level", "debug")
        used = list(self.use())
        self.compare(used, [line for line in parsed(self.server.log()) if "path" in line])
        self.assert_no_secrets()

    def test_on_stderr_at_any_level(self):
        self.serve("--log-level", "error", "--access-log", "-")
        used = list(self.use())
        self.compare(used, parsed(self.server.log()))

    def test_in_a_file(self):
        """It is added to, and has what else were in the log."""
        for log_level in ("error", "debug"):
            self.serve("--log-level", log_level, "--access-log", "access.log")
            used = list(self.use())
            self.assertNotIn("/livez", self.server.log())
            self.server.stop()
            with open(self.path("access.log"), encoding="utf-8") as log:
                text = log.read()
            self.compare(used, parsed(text)[-len(used):])
            self.assert_no_secrets(text)
        self.assertEqual(len(text.splitlines()), 2 * len(used))

    def test_as_text(self):
        self.server = self.start("--access-log", "-")
        client = self.server.client()
        answer = client.get("/v1/Fleets/a%22b?x=y")
        self.assertRegex(self.server.log().splitlines()[-1],
                         rf'^\S+Z info GET /v1/Fleets/a%22b 404 account={client.user} '
                         r'query="x=y" code=20404 duration_us=\d+ '
                         rf"request_id={answer.header('Twilio-Request-Id')}$")

    def test_as_the_page_says(self):
        with open(os.path.join(REPOSITORY, "docs", "running.md"), encoding="utf-8") as page:
            example = next(line for line in page if line.startswith('{"time":'))
        self.serve("--log-level", "debug")
        self.client.get("/v1/Fleets/nobody")
        line = parsed(self.server.log())[-1]
        self.assertEqual(list(json.loads(example)), list(line))
        for name in ("level", "message", "method", "path", "query", "status", "code"):
            self.assertEqual(json.loads(example)[name], line[name])

    def test_a_head_is_no_get(self):
        self.serve("--access-log", "-")
        self.client.request("HEAD", "/v1/Fleets")
        line = parsed(self.server.log())[-1]
        self.assertEqual((line["method"], line["message"]), ("HEAD", "HEAD /v1/Fleets 200"))

    def test_nobody_writes_lines_of_his_own(self):
        """Nor commands to a terminal."""
        self.server = self.start("--access-log", "-")
        client = self.server.client()
        before = len(self.server.log().splitlines())
        client.get("/v1/\x1b[31m\x0bfake?\x1b=\x0b")
        client.get("/v1/\xc2\x9b31m\xc2\x85fake?\xc2\x9b=\xc2\x85")  # C1's, in UTF-8
        client.get("/v1/\x9b31m\x85fake?\x9b=\x85\xff")  # and as bytes
        client.get("/v1/" + "é".encode().decode("latin-1") * 447 + "é?x=é")
        lines = self.server.log().split("\n")[before:-1]
        self.assertEqual(len(lines), 4, lines)
        for line in lines:
            self.assertTrue(line.isprintable(), line)
            self.assertNotIn("\ufffd", line.split(" account=")[0])
        self.assertIn("/v1/éé", lines[-1])

    def test_a_long_request(self):
        """A line stays one that a pipe takes as a whole, and JSON."""
        self.serve("--access-log", "-")
        answer = self.client.get("/v1/" + "é".encode().decode("latin-1") * 5000 + "?" + "q" * 5000)
        line = parsed(self.server.log())[-1]
        self.assertEqual(line["request_id"], answer.header("Twilio-Request-Id"))
        self.assertEqual((line["status"], line["path"][:4]), (404, "/v1/"))
        self.assertEqual(line["query"][:4], "qqqq")
        self.assertLessEqual(len(self.server.log().splitlines()[-1].encode()), 4096)

    def test_one_that_cannot_be_opened(self):
        result = self.run_to_exit("--listen", "127.0.0.1:0", "--db", ":memory:",
                                  "--access-log", "nowhere/access.log")
        self.assertEqual((result.returncode, result.stdout), (CANNOT_CREATE, ""), result)
        self.assertIn("cannot open the access log nowhere/access.log: No such file",
                      result.stderr)

    def test_one_that_nobody_reads(self):
        """Its lines are lost, and counted there."""
        os.mkfifo(self.path("fifo"))
        reader = os.open(self.path("fifo"), os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.serve("--access-log", "fifo", "--grace", "60")
        for _ in range(1000):
            self.assertEqual(self.client.get("/livez").status, 200)
        read_available(reader)
        self.assertEqual(self.client.get("/livez").status, 200)
        lines = parsed(read_available(reader))
        self.assertRegex(lines[0]["message"], "^[0-9]+ lines of the log could not be written$")
        self.assertNotIn("request_id", lines[0], "it is about others")
        self.assertEqual(lines[1]["path"], "/livez")


class PlainPortTest(LogTestCase):
    """Somebody calls https:// where http:// is spoken."""

    def say_hello(self):
        """Sends what a TLS client begins with; gives what came until the end."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = ssl.create_default_context().wrap_bio(incoming, outgoing,
                                                       server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        connection = Connection(self.server.address)
        self.addCleanup(connection.close)
        connection.send(outgoing.read())
        connection.socket.settimeout(PATIENCE_SECONDS)
        try:
            while connection.socket.recv(4096):
                pass
        except ConnectionResetError:
            pass

    def test_it_is_said_once(self):
        self.serve()
        for _ in range(5):
            self.say_hello()
        self.assertEqual(self.server.log().count(TLS), 1, self.server.log())
        self.assertEqual(self.client.get("/livez").status, 200)

    def test_what_is_none(self):
        """Other bytes, the same ones within a request, and a connection that says nothing."""
        self.serve()
        for data in (b"\x15\x03\x01\0\x02\x02\x0a", b"nonsense\r\n\r\n", b"\x16", b""):
            with socket.create_connection(self.server.address) as connection:
                connection.sendall(data)
                self.assertEqual(self.client.get("/livez").status, 200)
        answer = self.client.post(PROFILES, b"\x16\x03\x01")
        self.assertEqual(answer.status, 201)
        self.assertNotIn(TLS, self.server.log())


if __name__ == "__main__":
    unittest.main()
