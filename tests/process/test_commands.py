# SPDX-License-Identifier: MIT
"""The commands beside the server: exec, wait, healthcheck, state, reset, advance."""
import json
import os
import pty
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

from http_client import PATIENCE_SECONDS, basic, new_account
from receiver import Receiver
from server import DirectoryTestCase, binary, clean_environment, scaled, wait_until

USAGE, BAD_DATA, UNAVAILABLE, SOFTWARE, CANNOT_CREATE, TEMPORARY = 64, 65, 69, 70, 73, 75
# A child that says when it is there, and sleeps.
SLEEPER = ("sh", "-c", "echo up; exec sleep 1000")


def processes_of(mark):
    """The processes whose environment has MARK=mark: all that a test has started."""
    wanted = f"MARK={mark}\0".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                has_mark = wanted in environment.read()
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                is_zombie = stat.read().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            continue  # it has ended
        if has_mark and not is_zombie:
            found.append(int(pid))
    return found


class CommandTestCase(DirectoryTestCase):
    """Runs commands in the test's directory."""

    def environment(self, additions=None):
        """Without anybody's credentials."""
        environment = clean_environment(self.directory, additions)
        for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
            if name not in (additions or {}):
                environment.pop(name, None)
        return environment

    def run_command(self, *words, environment=None, **settings):
        """The finished command."""
        return subprocess.run([binary(), *words], cwd=self.directory,
                              env=self.environment(environment), capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS, check=False,
                              **{"stdin": subprocess.DEVNULL, **settings})

    def assert_refused(self, code, named, *words, **settings):
        """An exit code, and one line on stderr that holds each of `named`."""
        result = self.run_command(*words, **settings)
        self.assertEqual((result.returncode, result.stdout), (code, ""), result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for text in named:
            self.assertIn(text, result.stderr)
        return result.stderr

    def execute(self, *words, options=(), **settings):
        """The finished exec of a command."""
        return self.run_command("exec", *options, "--", *words, **settings)

    def script(self, text, options=(), **settings):
        """The finished exec of a Python program, which has `client` at hand."""
        preamble = ("import os, json, time, urllib.parse\nfrom http_client import Client\n"
                    "parts = urllib.parse.urlsplit(os.environ['SUPERSIM_URL'])\n"
                    "client = Client((parts.hostname, parts.port), os.environ['TWILIO_ACCOUNT_SID'],"
                    " os.environ['TWILIO_AUTH_TOKEN'])\n")
        return self.execute(sys.executable, "-c", preamble + text, options=options, **settings)


class WordsTest(CommandTestCase):
    """What is no command, or has the wrong arguments."""

    def test_unknown_commands(self):
        for given, meant in (("exce", "exec"), ("advence", "advance"), ("helthcheck", "healthcheck"),
                             ("states", "state"), ("nonsense", None), ("", None)):
            with self.subTest(given):
                told = self.assert_refused(USAGE, ["unknown command " + given], given, "x")
                self.assertEqual("did you mean" in told, meant is not None, told)
                self.assertIn(f"did you mean {meant} " if meant else "--help", told)
                self.assertEqual(self.assert_refused(USAGE, [], "help", given), told)

    def test_wrong_arguments(self):
        for words, named in ((("exec",), "COMMAND"), (("exec", "--"), "COMMAND"),
                             (("wait", "x"), "argument x"), (("healthcheck", "x"), "argument x"),
                             (("state",), "export|import FILE"), (("state", "export"), "FILE"),
                             (("state", "export", "a", "b"), "argument b"),
                             (("state", "exprot", "a"), "exprot"),
                             (("advance",), "TIME"), (("advance", "1h", "2h"), "argument 2h"),
                             (("reset", "x"), "argument x"), (("completion",), "bash|zsh|fish"),
                             (("completion", "csh"), "csh"), (("man", "x"), "argument x"),
                             (("help", "exec", "x"), "argument x"),
                             (("exec", "--check", "wisdom", "--", "true"), "webhooks"),
                             (("exec", "--check", "webhooks,", "--", "true"), "webhooks"),
                             (("exec", "--check", "webhooks,wisdom", "true"), "webhooks"),
                             (("wait", "--timeout", "soon"), "5m"),
                             (("wait", "--db", "x"), "--db"), (("--timeout", "1s"), "--timeout"),
                             (("reset", "--to", "nothing"), "seed|empty"),
                             (("advance", "1h", "--to", "seed"), "--to"),
                             (("wait", "--url", "localhost:7746"), "http://"),
                             (("state", "export", "x", "--account", "me"), "SID[:TOKEN]")):
            with self.subTest(words):
                self.assert_refused(USAGE, [named], *words)

    def test_options_of_commands_are_no_variables(self):
        """SUPERSIM_CHECK may be anybody's: a warning, as for each unknown one."""
        result = self.execute("true", environment={"SUPERSIM_CHECK": "wisdom"})
        self.assertEqual(result.returncode, 0, result)
        self.assertIn("SUPERSIM_CHECK is unknown", result.stderr)


class PrintConfigTest(CommandTestCase):
    """--print-config: each value, and where it comes from."""

    def printed(self, *words, **settings):
        """The settings that are printed."""
        result = self.run_command(*words, "--print-config", **settings)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result)
        return json.loads(result.stdout)

    def test_sources(self):
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            json.dump({"grace": 7, "workers": 2, "auth": "strict"}, file)
        shown = self.printed("--config", "config.json", "--auth", "open", "--admin-token", "hush",
                             environment={"SUPERSIM_WORKERS": "3", "SUPERSIM_AUTH": "strict"})
        for name, value, source in (("grace", 7, "file"), ("workers", 3, "variable"),
                                    ("auth", "open", "flag"), ("db", "./supersim.db", "default"),
                                    ("config", "config.json", "flag"), ("seed", None, "default"),
                                    ("admin-token", "***", "flag")):
            self.assertEqual(shown[name], {"value": value, "source": source}, name)
        self.assertEqual(os.path.exists(self.path("supersim.db")), False)

    def test_of_commands(self):
        shown = self.printed("exec")
        for name, value in (("listen", "127.0.0.1:0"), ("db", ":memory:"), ("log-level", "warning"),
                            ("check", None)):
            self.assertEqual(shown[name], {"value": value, "source": "default"})
        self.assertEqual(set(self.printed("wait")),
                         {"listen", "port-file", "config", "url", "timeout"})

    def test_a_flag_that_may_stand_alone(self):
        for words, value in (("--strict", "yes"), ("--strict --grace 7", "yes"),
                             ("--strict yes", "yes"), ("--strict no", "no"), ("--strict=no", "no"),
                             ("--strict -- true", "yes")):
            with self.subTest(words):
                shown = json.loads(
                    self.run_command("exec", "--print-config", *words.split()).stdout)
                self.assertEqual(shown["strict"], {"value": value, "source": "flag"})
        self.assert_refused(USAGE, ["--strict", "no|yes"], "exec", "--strict", "true")

    def test_what_is_wrong_is_refused_as_ever(self):
        self.assert_refused(USAGE, ["--grace"], "--print-config", "--grace", "x")


class ExecTest(CommandTestCase):
    """A server for the time of one command."""

    def test_the_child_finds_the_server(self):
        result = self.script("made = client.post('/v1/NetworkAccessProfiles')\n"
                             "assert made.status == 201, made\n"
                             "print(os.environ['SUPERSIM_URL'], made.json()['account_sid'])")
        self.assertEqual(result.returncode, 0, result)
        self.assertRegex(result.stdout, r"\Ahttp://127\.0\.0\.1:[1-9]\d* AC[0-9a-f]{32}\n\Z")
        ready = json.loads(result.stderr)
        self.assertIs(ready["ready"], True)
        self.assertEqual(os.listdir(self.directory), ["tmp"])

    def test_credentials(self):
        sid = new_account()
        printer = "print(client.user, client.get('/v1/Fleets').status, client.authorization)"
        for options, environment, expected in (
                ((), {"TWILIO_ACCOUNT_SID": sid, "TWILIO_AUTH_TOKEN": "mine"}, (sid, "mine")),
                (("--account", f"{sid}:given"), {}, (sid, "given")),
                (("--account", f"{sid}:given", "--auth", "strict"), {}, (sid, "given")),
                (("--auth", "strict"), {"TWILIO_ACCOUNT_SID": sid, "TWILIO_AUTH_TOKEN": "mine"},
                 (sid, "mine")),
                (("--auth", "strict"), {}, None), ((), {"TWILIO_ACCOUNT_SID": ""}, None)):
            with self.subTest(options, environment=environment):
                result = self.script(printer, options=options, environment=environment)
                self.assertEqual(result.returncode, 0, result)
                user, status, authorization = result.stdout.split(None, 2)
                self.assertEqual(status, "200", result)
                if expected is not None:
                    self.assertEqual((user, authorization.strip()), (expected[0], basic(*expected)))

    def test_nothing_of_ours_is_in_the_child(self):
        """Neither files nor signals nor limits; arguments and standard files are its own."""
        program = ("import os, resource, signal, sys\n"
                   "print(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])\n"
                   "print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))\n"
                   "print(resource.getrlimit(resource.RLIMIT_NOFILE), os.getpgrp() == os.getppid())\n"
                   "print([line for line in open('/proc/self/status') if 'SigIgn' in line])\n"
                   "print(sys.argv[1:], sys.stdin.read())")

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE,
                               (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            os.setpgrp()

        words = (sys.executable, "-c", program, "--help", "--", "-x", "")
        alone, below = (subprocess.run([*before, *words], input="text", capture_output=True,
                                       cwd=self.directory, env=self.environment(), text=True,
                                       preexec_fn=limit, timeout=PATIENCE_SECONDS, check=True).stdout
                        for before in ((), (binary(), "exec", "--")))
        self.assertEqual(below.replace("True", "False"), alone.replace("True", "False"))
        self.assertIn("True", below)  # the server leads the group that both are in

    def test_exit_codes(self):
        for script, code in (("exit 0", 0), ("exit 1", 1), ("exit 255", 255),
                             ("kill -TERM $$", 128 + 15), ("kill -KILL $$", 128 + 9)):
            with self.subTest(script):
                self.assertEqual(self.execute("sh", "-c", script).returncode, code)

    def test_what_cannot_be_run(self):
        with open(self.path("plain"), "w", encoding="utf-8") as file:
            file.write("nothing")
        for program, code in (("./missing", 127), ("no-such-program-anywhere", 127), ("./plain", 126),
                              (".", 126)):
            with self.subTest(program):
                result = self.execute(program)
                self.assertEqual(result.returncode, code, result)
                self.assertIn(f"cannot run {program}: ", result.stderr.splitlines()[1])

    def test_without_dashes_before_the_command(self):
        result = self.run_command("exec", "--grace", "1", "sh", "-c", "echo $0 $1", "--help", "--db")
        self.assertEqual((result.returncode, result.stdout), (0, "--help --db\n"))

    def test_a_start_that_fails_runs_nothing(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            result = self.execute("touch", "ran", options=(
                "--listen", "127.0.0.1:%d" % taken.getsockname()[1]))
        self.assertEqual(result.returncode, UNAVAILABLE, result)
        result = self.execute("touch", "ran", options=("--summary", "missing/summary"))
        self.assertEqual(result.returncode, CANNOT_CREATE, result)
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_many_at_once(self):
        count = scaled(50, minimum=10)
        children = [subprocess.Popen(
            [binary(), "exec", "--workers", "1", "--", "sh", "-c", "echo $SUPERSIM_URL; exit 7"],
            cwd=self.directory, env=self.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL) for _ in range(count)]
        for child in children:
            out, _ = child.communicate(timeout=PATIENCE_SECONDS)
            self.assertEqual(child.returncode, 7)
            self.assertTrue(out.startswith(b"http://127.0.0.1:"), out)


class ExecChecksTest(CommandTestCase):
    """--check and --summary."""

    SEND = ("profile = client.post('/v1/NetworkAccessProfiles').json()['sid']\n"
            "fleet = client.post('/v1/Fleets', {'NetworkAccessProfile': profile,"
            " 'SmsCommandsUrl': '%s'}).json()['sid']\n"
            "sim = client.post('/v1/Sims', {'Iccid': '89883070000123456789',"
            " 'RegistrationCode': 'H3LL0W0RLD'}).json()['sid']\n"
            "client.post('/v1/Sims/' + sim, {'Fleet': fleet, 'Status': 'active'})\n"
            "client.control('POST', 'clock/advance', {'to': 'idle'})\n"
            "sent = client.control('POST', f'sims/{sim}/sms-commands', {'payload': 'hello'})\n"
            "assert sent.status == 201, sent\n")

    def check(self, url, *more, options=("--check", "webhooks")):
        """A run that sends a webhook, and its summary."""
        result = self.script(self.SEND % url + "".join(more),
                             options=(*options, "--summary", "summary.json"))
        with open(self.path("summary.json"), encoding="utf-8") as file:
            return result, json.load(file)

    def test_delivered(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        result, summary = self.check(receiver.url)
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual(len(receiver.requests), 1)
        self.assertEqual(summary["webhooks"], {"delivered": 1, "failed": 0, "pending": 0})
        self.assertEqual((summary["exit_code"], summary["checks_failed"]), (0, []))

    def test_failed(self):
        receiver = Receiver(lambda handler: handler.answer(500))
        self.addCleanup(receiver.close)
        result, summary = self.check(receiver.url)
        self.assertEqual(result.returncode, SOFTWARE, result)
        self.assertIn("--check webhooks: 1 failed", result.stderr)
        self.assertEqual(summary["webhooks"], {"delivered": 0, "failed": 1, "pending": 0})
        self.assertEqual((summary["exit_code"], summary["checks_failed"]), (SOFTWARE, ["webhooks"]))

    def test_pending(self):
        """While its clock stands still, a webhook is not sent."""
        frozen = "client.control('PUT', 'clock', {'mode': 'frozen'})\n"
        self.SEND = self.SEND.replace("sent =", frozen + "sent =")
        result, summary = self.check("http://127.0.0.1:9/")
        self.assertEqual(result.returncode, SOFTWARE, result)
        self.assertIn("1 are not delivered yet", result.stderr)
        self.assertEqual(summary["webhooks"], {"delivered": 0, "failed": 0, "pending": 1})

    def test_warnings(self):
        """They count even if the account begins anew."""
        options = ("--check", "webhooks,warnings", "--summary", "summary.json")
        for script, count in (("", 0), ("client.get('/v1/Fleets?page_size=2')\n"
                                        "client.post('/v1/NetworkAccessProfiles', {'Nane': 'x'})\n"
                                        "client.control('POST', 'reset')\n", 2)):
            result = self.script(script, options=options)
            with open(self.path("summary.json"), encoding="utf-8") as file:
                summary = json.load(file)
            self.assertEqual(summary["warnings"], count, summary)
            self.assertEqual(summary["checks_failed"], ["warnings"] if count else [])
            self.assertEqual(result.returncode, SOFTWARE if count else 0, result)
            self.assertEqual("--check warnings: there were 2" in result.stderr, count > 0)

    def test_faults(self):
        """One of two hits; then, both."""
        script = ("client.control('PUT', 'faults', {'faults': ["
                  "{'match': {'path': '/v1/Fleets'}, 'then': {'status': 500}},"
                  "{'match': {'path': '/v1/Sims'}, 'then': {'status': 503}}]})\n"
                  "assert client.get('/v1/Fleets').status == 500\n")
        for more, unused in (("", 1), ("assert client.get('/v1/Sims').status == 503\n", 0)):
            result = self.script(script + more,
                                 options=("--check", "faults", "--summary", "summary.json"))
            with open(self.path("summary.json"), encoding="utf-8") as file:
                summary = json.load(file)
            self.assertEqual(summary["faults"], {"hits": 2 - unused, "unused": unused})
            self.assertEqual(result.returncode, SOFTWARE if unused else 0, result)
            self.assertEqual("--check faults: 1 of 2 have hit nothing" in result.stderr, unused > 0)

    def test_unchecked(self):
        result, summary = self.check("http://127.0.0.1:9/", options=())
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual((summary["webhooks"]["failed"], summary["checks_failed"]), (1, []))

    def test_a_failure_of_the_command_stays(self):
        result, summary = self.check("http://127.0.0.1:9/", "raise SystemExit(3)")
        self.assertEqual((result.returncode, summary["exit_code"]), (3, 3))
        self.assertEqual(summary["checks_failed"], ["webhooks"])


class ExecEndTest(CommandTestCase):
    """Neither outlives the other, and signals are told to whom they belong."""

    def launch(self, mark, *words, **settings):
        """An exec whose child has begun, and its child's process id."""
        process = subprocess.Popen(
            [binary(), "exec", "--workers", "1", "--", *(words or SLEEPER)], cwd=self.directory,
            env=self.environment({"MARK": mark}), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            **settings)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_no_orphans_when_either_is_killed(self):
        chance = random.Random(self.id())
        for i in range(scaled(100, minimum=20)):
            mark = f"{os.getpid()}-{i}"
            process = self.launch(mark)
            if chance.random() < 0.5:  # half of them once the child is there
                self.assertEqual(process.stdout.readline(), b"up\n")
            else:
                time.sleep(chance.random() * 0.03)
            victim = process.pid
            others = [pid for pid in processes_of(mark) if pid != process.pid]
            if others and chance.random() < 0.5:
                victim = others[0]
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda mark=mark: not processes_of(mark), "every process to end")
            process.wait(PATIENCE_SECONDS)

    def test_signals_that_are_passed_on(self):
        trap = "trap 'echo got; exit 5' {0}; echo up; while :; do sleep 0.01; done"
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process = self.launch("x", "sh", "-c", trap.format(number.name.removeprefix("SIG")))
                self.assertEqual(process.stdout.readline(), b"up\n")
                process.send_signal(number)
                self.assertEqual(process.stdout.readline(), b"got\n")
                self.assertEqual(process.wait(PATIENCE_SECONDS), 5)

    def test_sigint_is_the_childs_affair(self):
        process = self.launch("x", "sh", "-c", "echo up; read line; exit 6", stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"up\n")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGQUIT)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE_SECONDS), 6)

    def test_control_c_on_a_terminal(self):
        """Both are in the terminal's foreground: one key ends both, once."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve(binary(), [binary(), "exec", "--", "sh", "-c",
                                 "trap 'echo interrupted; exit 9' INT; echo up; "
                                 "while :; do sleep 0.01; done"], self.environment())
        said = bytearray()

        def read_all():
            try:
                while piece := os.read(terminal, 4096):
                    said.extend(piece)
            except OSError:
                pass  # the terminal's other side has ended

        reader = threading.Thread(target=read_all)
        reader.start()
        wait_until(lambda: b"up\r\n" in said, "the child to begin")
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
        reader.join(PATIENCE_SECONDS)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 9, said)
        self.assertEqual(said.count(b"interrupted"), 1, said)


class ReadinessTest(CommandTestCase):
    """wait and healthcheck."""

    def test_wait_for_a_server_that_is_there(self):
        server = self.start("--port-file", "port")
        for words, environment in ((("--url", server.url), {}), (("--url", server.url + "/"), {}),
                                   (("--port-file", "port"), {}),
                                   ((), {"SUPERSIM_URL": server.url}),
                                   ((), {"SUPERSIM_PORT_FILE": "port"}),
                                   ((), {"SUPERSIM_LISTEN": "%s:%d" % server.address}),
                                   ((), {"SUPERSIM_LISTEN": "0.0.0.0:%d" % server.address[1]}),
                                   ((), {"SUPERSIM_LISTEN": "localhost:%d" % server.address[1]})):
            for command in ("wait", "healthcheck"):
                with self.subTest(command, words=words, environment=environment):
                    result = self.run_command(command, *words, environment=environment)
                    self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""))

    def test_a_proxy_is_not_asked(self):
        server = self.start()
        result = self.run_command("healthcheck", "--url", server.url, environment={
            "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"})
        self.assertEqual(result.returncode, 0, result)

    def test_an_ipv6_wildcard(self):
        try:
            server = self.start(listen="[::]:0")
        except AssertionError as failure:
            self.skipTest(f"no IPv6 here: {failure}")
        result = self.run_command("healthcheck",
                                  environment={"SUPERSIM_LISTEN": "[::]:%d" % server.address[1]})
        self.assertEqual(result.returncode, 0, result)

    def test_the_servers_own_configuration_file(self):
        server = self.start()
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            json.dump({"listen": "%s:%d" % server.address, "db": "x.db", "workers": 1}, file)
        result = self.run_command("healthcheck", "--config", "config.json")
        self.assertEqual(result.returncode, 0, result)
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            json.dump({"nonsense": 1}, file)
        self.assert_refused(BAD_DATA, ["nonsense"], "healthcheck", "--config", "config.json")

    def test_wait_for_one_that_comes(self):
        waiting = subprocess.Popen([binary(), "wait", "--port-file", "port"], cwd=self.directory,
                                   env=self.environment())
        self.addCleanup(waiting.wait)
        self.addCleanup(waiting.kill)
        with self.assertRaises(subprocess.TimeoutExpired):
            waiting.wait(0.1)
        self.start("--port-file", "port")
        self.assertEqual(waiting.wait(PATIENCE_SECONDS), 0)

    def test_nobody(self):
        with socket.socket() as silent:  # takes connections, and says nothing
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = "http://127.0.0.1:%d" % silent.getsockname()[1]
            self.assert_refused(TEMPORARY, [url], "wait", "--url", url, "--timeout", "100ms")
        self.assert_refused(TEMPORARY, [url], "wait", "--url", url, "--timeout", "50ms")
        self.assert_refused(1, [url], "healthcheck", "--url", url)
        self.assert_refused(TEMPORARY, ["none", "No such file"], "wait", "--port-file", "none",
                            "--timeout", "0s")

    def test_a_bad_port_file(self):
        for text in ("", "x\n", "12", "-1\n", "123456789\n"):
            with open(self.path("port"), "w", encoding="utf-8") as file:
                file.write(text)
            self.assert_refused(1, ["port: it holds no port"], "healthcheck", "--port-file", "port")

    def test_not_ready_any_more(self):
        """A server whose database was taken away is not ready: 503."""
        server = self.start(database="test.db")
        os.rename(self.path("test.db"), self.path("gone.db"))
        self.assert_refused(1, ["503"], "healthcheck", "--url", server.url)


class AccountTest(CommandTestCase):
    """state, reset and advance: for an account, as itself or as the operator."""

    def setUp(self):
        super().setUp()
        self.server = self.start()
        self.client = self.server.client()
        self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "one"})
        self.url = ("--url", self.server.url)

    def profiles(self):
        """The unique names that the account has."""
        listed = self.client.get("/v1/NetworkAccessProfiles").json()
        return [each["unique_name"] for each in listed["network_access_profiles"]]

    def ask(self, *words, **settings):
        """What a command that works says, as JSON."""
        result = self.run_command(*words, *self.url, **settings)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result)
        return json.loads(result.stdout)

    def test_state(self):
        account = ("--account", self.client.user)
        result = self.run_command("state", "export", "state.json", *account, *self.url)
        self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""))
        with open(self.path("state.json"), encoding="utf-8") as file:
            state = json.load(file)
        self.assertEqual(state, self.ask("state", "export", "-", *account))
        self.assertEqual(state, self.client.control("GET", "state").json())
        self.client.post("/v1/NetworkAccessProfiles", {"UniqueName": "two"})
        self.ask("state", "import", "state.json", *account)
        self.assertEqual(self.profiles(), ["one"])
        self.ask("reset", *account)
        with open(self.path("state.json"), encoding="utf-8") as file:
            self.ask("state", "import", "-", *account, stdin=file)
        self.assertEqual(self.profiles(), ["one"])

    def test_state_that_cannot_be(self):
        account = ("--account", self.client.user, *self.url)
        with open(self.path("bad.json"), "w", encoding="utf-8") as file:
            file.write('{"accounts": 1}')
        self.assert_refused(BAD_DATA, ["400"], "state", "import", "bad.json", *account)
        self.assert_refused(BAD_DATA, ["none.json"], "state", "import", "none.json", *account)
        self.assert_refused(CANNOT_CREATE, ["none/state"], "state", "export", "none/state", *account)
        self.assertEqual(self.profiles(), ["one"])

    def test_reset(self):
        said = self.ask("reset", "--account", self.client.user)
        self.assertEqual((said["to"], said["removed"]["network_access_profiles"]), ("seed", 1))
        self.assertEqual(self.profiles(), [])
        self.assertEqual(self.ask("reset", "--to", "empty", "--account",
                                  self.client.user + ":anytoken")["to"], "empty")

    def test_advance(self):
        self.client.control("PUT", "clock", {"mode": "frozen", "now": "2026-03-01T00:00:00Z"})
        account = ("--account", self.client.user)
        for how_far, now in (("72h", "2026-03-04T00:00:00Z"), ("idle", "2026-03-04T00:00:00Z"),
                             ("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z")):
            self.assertEqual(self.ask("advance", how_far, *account)["now"], now)
        self.assert_refused(BAD_DATA, ["400", "to"], "advance", "soon", *account, *self.url)
        self.assert_refused(BAD_DATA, ["400"], "advance", 'a"b', *account, *self.url)

    def test_the_account_of_the_environment(self):
        variables = {"TWILIO_ACCOUNT_SID": self.client.user, "TWILIO_AUTH_TOKEN": "anytoken"}
        self.ask("reset", environment=variables)
        self.assertEqual(self.profiles(), [])
        self.assert_refused(USAGE, ["--account"], "reset", *self.url)

    def test_as_whom(self):
        sid = new_account()
        server = self.start("--admin-token", "hush", "--account", f"{sid}:secret")
        url = ("--url", server.url)
        for account, more, code in ((f"{sid}:secret", (), 0), (f"{sid}:wrong", (), BAD_DATA),
                                    (sid, ("--admin-token", "hush"), 0), (sid, (), BAD_DATA),
                                    (sid, ("--admin-token", "wrong"), BAD_DATA)):
            result = self.run_command("reset", "--account", account, *more, *url)
            self.assertEqual(result.returncode, code, result)
            self.assertEqual(code != 0, "401" in result.stderr, result)
        self.assertEqual(self.run_command("reset", "--account", sid, *url, environment={
            "SUPERSIM_ADMIN_TOKEN": "hush"}).returncode, 0)

    def test_nobody_answers(self):
        self.server.stop()
        self.assert_refused(UNAVAILABLE, [self.server.url], "reset", "--account", self.client.user,
                            *self.url)
        self.assert_refused(UNAVAILABLE, ["none"], "reset", "--account", self.client.user,
                            "--port-file", "none")


if __name__ == "__main__":
    unittest.main()
