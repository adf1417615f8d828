# SPDX-License-Identifier: MIT
"""Certificates of our own making, which are kept and renewed, and those that are given."""
import os
import shutil
import signal
import ssl
import subprocess
import unittest

from http_client import PATIENCE_SECONDS, Connection
from server import binary, clean_environment, wait_until
from tls_case import AUTO, FREE, HOST, TlsTestCase, address_of

USAGE, BAD_DATA, CANNOT_CREATE = 64, 65, 73


def openssl(*arguments, directory=None):
    """The finished openssl."""
    return subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS, check=False)


class KeptTest(TlsTestCase):
    """What --tls auto makes is there again after the next start."""

    def serve_once(self, *options, **settings):
        """The authority of a server that ends again."""
        self.serve(*options, **settings)
        authority = self.authority()
        self.server.stop()
        return authority

    def mode_of(self, name):
        return os.stat(self.path(name)).st_mode & 0o7777

    def test_beside_the_database(self):
        first = self.serve_once(database="test.db")
        self.assertIn("clients are to trust test.db-tls/ca.pem", self.server.log())
        self.assertEqual(sorted(os.listdir(self.path("test.db-tls"))),
                         ["ca.pem", "cert.pem", "key.pem"])
        self.assertEqual([self.mode_of("test.db-tls/" + name)
                          for name in ("ca.pem", "cert.pem", "key.pem")], [0o644, 0o644, 0o600])
        self.assertEqual(self.serve_once(database="test.db"), first)
        self.assertNotIn("clients are to trust", self.server.log())

    def test_where_it_is_said(self):
        first = self.serve_once("--tls-dir", "a/b/tls")
        self.assertEqual(self.serve_once("--tls-dir", "a/b/tls"), first)

    def test_where_states_are_kept(self):
        home = {"XDG_STATE_HOME": self.path("state")}
        first = self.serve_once(database="test.db", environment=home)
        self.assertTrue(os.path.exists(self.path("state/supersim/tls/ca.pem")))
        self.assertFalse(os.path.exists(self.path("test.db-tls")))
        self.assertEqual(self.serve_once(database="test.db", environment=home), first)

    def test_nowhere(self):
        first = self.serve_once(environment={"XDG_STATE_HOME": self.path("state")})
        self.assertNotEqual(self.serve_once(), first)
        self.assertEqual(sorted(os.listdir(self.directory)), ["stderr.log", "tmp"])

    def test_the_file_is_what_is_shown(self):
        authority = self.serve_once("--tls-dir", "tls")
        with open(self.path("tls/ca.pem"), encoding="utf-8") as file:
            self.assertEqual(file.read(), authority)

    def test_a_further_name_needs_another(self):
        first = self.serve_once("--tls-dir", "tls")
        second = self.serve_once("--tls-dir", "tls", "--tls-name", "sims.test")
        self.assertNotEqual(second, first)
        self.assertEqual(self.serve_once("--tls-dir", "tls"), second)
        self.serve("--tls-dir", "tls", "--tls-name", "other.test")
        self.connect(name="sims.test")
        self.connect(name="other.test")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(name="third.test")

    def test_many_start_at_once(self):
        """They wait for each other, and have the same."""
        servers = [self.start(*AUTO, "--tls-dir", "tls") for _ in range(4)]
        shown = {server.client().get("/_emulator/ca.pem").body for server in servers}
        self.assertEqual(len(shown), 1)

    def test_a_place_that_is_none(self):
        self.write("file", "")
        for directory in ("file", "file/x", "x" * 5000):
            result = self.run_to_exit("--listen", FREE, "--db", ":memory:", *AUTO,
                                      "--tls-dir", directory)
            self.assertEqual(result.returncode, CANNOT_CREATE, result)
            self.assertEqual(result.stderr.count("\n"), 1, result)
            self.assertIn("cannot keep certificates in " + directory[:50], result.stderr)


class AuthorityTest(TlsTestCase):
    """Nobody can sign with what is kept, and it would be worth nothing for other names."""

    def test_nothing_can_be_signed(self):
        self.serve("--tls-dir", "tls")
        directory = self.path("tls")
        self.assertEqual(openssl("verify", "-CAfile", "ca.pem", "-verify_hostname", HOST,
                                 "cert.pem", directory=directory).returncode, 0)
        made = openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "forged.key", "-out",
                       "forged.csr", "-subj", "/CN=example.com", "-addext",
                       "subjectAltName=DNS:example.com", directory=directory)
        self.assertEqual(made.returncode, 0, made)
        sign = ("x509", "-req", "-in", "forged.csr", "-out", "forged.pem", "-copy_extensions", "copy")
        refused = openssl(*sign, "-CA", "ca.pem", "-CAkey", "key.pem", directory=directory)
        self.assertNotEqual(refused.returncode, 0)
        signed = openssl(*sign, "-CA", "cert.pem", "-CAkey", "key.pem", directory=directory)
        self.assertEqual(signed.returncode, 0, signed)
        forged = openssl("verify", "-CAfile", "ca.pem", "-untrusted", "cert.pem", "forged.pem",
                         directory=directory)
        self.assertNotEqual(forged.returncode, 0)
        self.assertIn("error", forged.stderr)

    def test_its_forms(self):
        self.serve()
        client = self.server.client()
        for path, kind in (("ca.pem", "application/x-pem-file"),
                           ("ca.p12", "application/x-pkcs12")):
            answer = client.get("/_emulator/" + path, authorization="")
            self.assertEqual((answer.status, answer.header("Content-Type")), (200, kind))
        with open(self.path("ca.p12"), "wb") as file:
            file.write(answer.body)
        shown = openssl("pkcs12", "-in", "ca.p12", "-passin", "pass:changeit", "-nokeys",
                        directory=self.directory)
        self.assertIn("1.113894.746875.1.1", shown.stdout + shown.stderr)
        self.assertIn(self.authority().strip(), shown.stdout)
        bundle = client.get("/_emulator/ca-bundle.pem", authorization="")
        if bundle.status == 200:
            self.assertTrue(bundle.body.decode().endswith(self.authority()))
        else:
            self.assertIn("ca-certificates", bundle.json()["hint"])

    def test_bad_calls(self):
        self.serve()
        client = self.server.client()
        for path in ("ca.pem", "ca-bundle.pem", "ca.p12"):
            answer = client.get(f"/_emulator/{path}?nonsense=1", authorization="")
            self.assertEqual((answer.status, answer.json()["field"]), (400, "nonsense"))
            foreign = client.get("/_emulator/" + path, headers={"Host": "evil.example"})
            self.assertEqual(foreign.status, 403)
            self.assertEqual(client.post("/_emulator/" + path).status, 405)

    def test_the_command_prints_the_same(self):
        options = ("--tls-dir", "tls", "--tls-name", "sims.test")
        before = self.run_to_exit("ca", *options)
        self.assertEqual(before.returncode, 0, before)
        self.serve(*options)
        self.assertEqual(self.authority(), before.stdout)
        self.assertEqual(self.run_to_exit("ca", *options).stdout, before.stdout)
        bundle = self.run_to_exit("ca", "--bundle", *options)
        if bundle.returncode == 0:
            self.assertTrue(bundle.stdout.endswith(before.stdout))
        with open(self.path("ca.p12"), "wb") as file:
            subprocess.run([binary(), "ca", "--p12", *options], cwd=self.directory, stdout=file,
                           env=clean_environment(self.directory), check=True)
        store = openssl("pkcs12", "-in", "ca.p12", "-passin", "pass:changeit", "-nokeys",
                        directory=self.directory)
        self.assertIn(before.stdout, store.stdout)

    def test_bad_commands(self):
        nowhere = self.run_to_exit("ca", "--db", ":memory:")
        self.assertEqual(nowhere.returncode, USAGE)
        self.assertIn("--tls-dir", nowhere.stderr)
        both = self.run_to_exit("ca", "--bundle", "--p12", "--tls-dir", "tls")
        self.assertEqual(both.returncode, USAGE)
        self.assertEqual(self.run_to_exit("ca", "x", "--tls-dir", "tls").returncode, USAGE)


class GivenTest(TlsTestCase):
    """--tls CERT.pem:KEY.pem"""

    def make_pair(self, name):
        """A certificate and its key in files of this name; for HOST."""
        made = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                       "-nodes", "-keyout", name + ".key", "-out", name + ".pem", "-days", "2",
                       "-subj", "/CN=" + name, "-addext", f"subjectAltName=DNS:{HOST}",
                       directory=self.directory)
        self.assertEqual(made.returncode, 0, made)
        os.chmod(self.path(name + ".key"), 0o600)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def serve_pair(self):
        self.make_pair("one")
        self.server = self.start("--tls", "one.pem:one.key", "--tls-listen", FREE)
        self.tls_address = address_of(self.server.ready["tls_url"])
        self.context = self.context_of(self.read("one.pem"))

    def shown(self):
        """The certificate that a new connection is shown."""
        with Connection(self.tls_address).socket as plain:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as secure:
                return ssl.DER_cert_to_PEM_cert(secure.getpeercert(True))

    def test_it_is_used(self):
        self.serve_pair()
        self.connect()
        self.assertEqual(self.shown(), self.read("one.pem"))
        answer = self.server.client().get("/_emulator/ca.pem")
        self.assertEqual(answer.status, 404)

    def reload(self):
        os.kill(self.server.pid, signal.SIGHUP)

    def test_it_is_read_again_after_a_hang_up(self):
        self.serve_pair()
        old = self.connect()
        self.make_pair("two")
        shutil.copy(self.path("two.pem"), self.path("one.pem"))
        shutil.copy(self.path("two.key"), self.path("one.key"))
        self.reload()
        self.wait_for_log("TLS has the certificate that was read again")
        self.assertEqual(self.shown(), self.read("two.pem"))
        old.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(old.read_response().status, 200)

    def test_what_is_bad_is_not_taken(self):
        self.serve_pair()
        good = self.read("one.pem")
        self.write("one.pem", "nonsense")
        for _ in range(3):
            self.reload()
        wait_until(lambda: self.server.log().count("the certificate stays as it was: one.pem: "),
                   "the reason in the log")
        self.assertEqual(self.shown(), good)

    def refuse(self, value, code, *told, options=()):
        result = self.run_to_exit("--listen", FREE, "--db", ":memory:", "--tls", value, *options)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stderr.count("\n"), 1, result)
        self.assertEqual(result.stdout, "")
        for text in told:
            self.assertIn(text, result.stderr)

    def test_bad_pairs(self):
        self.make_pair("one")
        self.make_pair("two")
        self.refuse("no.pem:one.key", BAD_DATA, "no.pem", "No such file")
        self.refuse("one.pem:no.key", BAD_DATA, "no.key", "No such file")
        self.refuse("one.pem:two.key", BAD_DATA, "two.key", "one.pem")
        self.refuse("one.key:one.key", BAD_DATA, "one.key", "certificate in PEM")
        self.refuse("one.pem:one.pem", BAD_DATA, "one.pem", "key in PEM")
        os.chmod(self.path("one.key"), 0o644)
        self.refuse("one.pem:one.key", BAD_DATA, "one.key", "anybody may read")
        openssl("pkey", "-in", "two.key", "-aes128", "-passout", "pass:x", "-out", "one.key",
                directory=self.directory)
        os.chmod(self.path("one.key"), 0o600)
        self.refuse("two.pem:one.key", BAD_DATA, "one.key", "encrypted")
        old = openssl("x509", "-in", "two.pem", "-signkey", "two.key", "-days", "-1", "-out",
                      "old.pem", directory=self.directory)
        self.assertEqual(old.returncode, 0, old)
        self.refuse("old.pem:two.key", BAD_DATA, "old.pem", "expired")

    def test_bad_options(self):
        for value in ("on", "x", ":", "a:", ":b"):
            self.refuse(value, USAGE, "--tls " + value, "off|auto|CERT.pem:KEY.pem")
        for name in ("a b", "http://x", "x:80", "*", "", "-x", "x..y", "bücher.example"):
            self.refuse("auto", USAGE, "--tls-name", options=("--tls-name", name))
        for option in ("--tls-listen", "--proxy"):
            self.refuse("off", USAGE, option + " needs --tls", options=(option, FREE))
        self.refuse("off", USAGE, "--tls-name", options=("--tls-name", "x.test"))
        self.refuse("auto", USAGE, "--proxy-others", options=("--proxy-others", "tunnel"))
        self.refuse("auto", USAGE, "this machine alone",
                    options=("--tls-listen", FREE, "--proxy", "0.0.0.0:0"))


if __name__ == "__main__":
    unittest.main()
