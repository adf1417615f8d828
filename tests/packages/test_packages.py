# SPDX-License-Identifier: MIT
"""What is made for others: the Debian package, the root folder of a container, examples of CI.

They are made anew, by what `make package` calls. The package is installed on this machine only when
that is meant for such things: as root, in CI or in a container.
"""
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import yaml

from http_client import PATIENCE_SECONDS, Client
from server import REPOSITORY, DirectoryTestCase

BUILD = os.path.join(REPOSITORY, "build", "package")
PACKAGES = os.path.join(BUILD, "packages")
PROGRAM = os.path.join(BUILD, "supersimd")
NAME = "supersim-emulator"
NOBODY = 65532
IMAGE_BYTES_MAXIMUM = 25_000_000
EXPOSURE_MAXIMUM = 20  # tenths
BUILD_SECONDS = 1200


def setUpModule():
    """Makes the package."""
    run(os.path.join(REPOSITORY, "packaging", "make-package"), BUILD, os.environ.get("JOBS", "2"),
        timeout=BUILD_SECONDS)


def run(*command, timeout=PATIENCE_SECONDS, **settings):
    """What a command says that must succeed."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False,
                            **{"stdin": subprocess.DEVNULL, **settings})
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def package():
    """The path of the package."""
    [path] = glob.glob(os.path.join(PACKAGES, "*.deb"))
    return path


def may_install():
    """True on a machine that one may install packages on without asking: root's, and for tests."""
    in_container = os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv")
    return os.geteuid() == 0 and (bool(os.environ.get("CI")) or in_container)


def read(path):
    """A file of the repository."""
    with open(os.path.join(REPOSITORY, path), encoding="utf-8") as file:
        return file.read()


def known_options():
    """The variables that the server knows."""
    shown = json.loads(run(PROGRAM, "--print-config"))
    return {"SUPERSIM_" + name.upper().replace("-", "_") for name in shown}


class PackageTest(DirectoryTestCase):
    """The Debian package as a file."""

    def test_lintian(self):
        said = run("lintian", "--allow-root", "--fail-on", "error,warning", package())
        self.assertEqual(said, "")

    def test_contents(self):
        self.assertRegex(os.path.basename(package()), rf"^{NAME}_\d+\.\d+\.\d+_[a-z0-9]+\.deb$")
        listed = run("dpkg-deb", "-c", package())
        files = re.findall(r"(?m)^-\S+ root/root .* \./(\S+)$", listed)
        self.assertEqual(len(files), len(re.findall(r"(?m)^-", listed)), listed)
        doc = f"usr/share/doc/{NAME}/"
        self.assertEqual(set(files) - {name for name in files if name.startswith(doc + "examples/")}, {
            "usr/bin/supersimd", "usr/share/man/man1/supersimd.1.gz",
            "usr/share/bash-completion/completions/supersimd",
            "usr/share/zsh/vendor-completions/_supersimd",
            "usr/share/fish/vendor_completions.d/supersimd.fish",
            "usr/lib/systemd/system/supersimd.service",
            doc + "copyright", doc + "changelog.gz", doc + "README.md"})
        self.assertIn(doc + "examples/compose.yaml", files)
        fields = run("dpkg-deb", "-f", package())
        self.assertRegex(fields, r"(?m)^Section: net$")
        self.assertRegex(fields, r"(?m)^Depends: .*libc6 \(.*libsqlite3-0")
        self.assertRegex(fields, r"(?m)^Depends: .*libcurl4 \(", "what is opened later")
        self.assertLessEqual(len(re.search(r"(?m)^Description: (.*)$", fields)[1]), 80)

    def test_the_program_is_hardened(self):
        run("dpkg-deb", "-x", package(), self.directory)
        program = self.path("usr/bin/supersimd")
        dynamic = run("readelf", "-dW", program)
        for wanted in ("BIND_NOW", "PIE"):
            self.assertIn(wanted, dynamic)
        self.assertNotRegex(dynamic, "RPATH|RUNPATH")
        segments = run("readelf", "-lW", program)
        self.assertIn("GNU_RELRO", segments)
        self.assertRegex(segments, r"GNU_STACK .* RW ")
        symbols = run("readelf", "--dyn-syms", "-W", program)
        for wanted in ("__stack_chk_fail", "__snprintf_chk"):
            self.assertIn(wanted, symbols)
        self.assertNotIn(".symtab", run("readelf", "-SW", program))
        with open(program, "rb") as file:
            self.assertNotIn(REPOSITORY.encode(), file.read())

    def test_built_elsewhere_it_is_the_same(self):
        """The same bytes, from a folder of another name, at another time."""
        run(os.path.join(REPOSITORY, "packaging", "make-package"), self.path("build"),
            os.environ.get("JOBS", "2"), timeout=BUILD_SECONDS)
        for path in glob.glob(os.path.join(PACKAGES, "*[.mj]*")):
            if os.path.isfile(path):
                with open(path, "rb") as one, open(
                        self.path(os.path.join("build/packages", os.path.basename(path))), "rb") as two:
                    self.assertEqual(one.read() == two.read(), True, path)

    def test_checksums_and_parts(self):
        sums = dict(line.split()[::-1] for line in read("build/package/packages/SHA256SUMS").splitlines())
        self.assertEqual(len(sums), 2)
        for name, digest in sums.items():
            with open(os.path.join(PACKAGES, name), "rb") as file:
                self.assertEqual(hashlib.sha256(file.read()).hexdigest(), digest)
        parts = json.loads(read(f"build/package/packages/{NAME}.spdx.json"))
        self.assertEqual(parts["spdxVersion"], "SPDX-2.3")
        names = {part["name"] for part in parts["packages"]}
        self.assertLessEqual({NAME, "libc6", "libcurl4", "libsqlite3-0", "libmicrohttpd12"}, names)
        ids = {part["SPDXID"] for part in parts["packages"]} | {"SPDXRef-DOCUMENT"}
        self.assertEqual(len(ids), len(parts["packages"]) + 1)
        for each in parts["relationships"]:
            self.assertLessEqual({each["spdxElementId"], each["relatedSpdxElement"]}, ids)

    def test_the_unit(self):
        run("dpkg-deb", "-x", package(), self.directory)
        unit = self.path("usr/lib/systemd/system/supersimd.service")
        run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAXIMUM}", unit)
        with open(unit, encoding="utf-8") as file:
            text = file.read()
        variables = set(re.findall(r"(?m)^Environment=(\w+)=", text))
        self.assertTrue(variables)
        self.assertLessEqual(variables, known_options())
        # verify looks for what is called; it is not installed here, so it may lie elsewhere.
        with open(unit, "w", encoding="utf-8") as file:
            file.write(text.replace("=/usr/bin/supersimd", f"={self.path('usr/bin/supersimd')}"))
        self.assertEqual(run("systemd-analyze", "verify", "--man=no", unit), "")


@unittest.skipUnless(may_install(), "the package is installed as root in CI or in a container only")
class InstallTest(DirectoryTestCase):
    """The package, installed here, used, and purged."""

    FOLDERS = ("/etc", "/usr", "/var/lib")

    def traces(self):
        """What is on this machine that has our names."""
        return run("find", *self.FOLDERS, "-xdev", "-name", "*supersim*", "-not", "-path",
                   REPOSITORY + "/*").splitlines()

    def dpkg(self, *words):
        """Runs dpkg, and waits for others who do."""
        return run("flock", "/var/lib/dpkg/lock-frontend", "dpkg", *words)

    def test_install_use_purge(self):
        before = self.traces()
        self.assertNotIn("/usr/bin/supersimd", before, "it is installed already")
        self.addCleanup(subprocess.run, ["dpkg", "--purge", NAME], capture_output=True, check=False)
        self.dpkg("-i", package())
        self.assertRegex(run("/usr/bin/supersimd", "--version"), r"^supersimd \d")
        page = run("man", "supersimd", env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        self.assertIn("SUPERSIMD(1)", page)
        self.assertIn("--listen HOST:PORT", page)
        run("bash", "-n", "/usr/share/bash-completion/completions/supersimd")
        self.assertEqual(run("systemd-analyze", "verify",
                             "/usr/lib/systemd/system/supersimd.service"), "")
        code = "import os; print(os.environ['SUPERSIM_URL'])"
        self.assertIn("http://127.0.0.1:", run("supersimd", "exec", "--", sys.executable, "-c", code,
                                               cwd=self.directory))
        os.makedirs("/var/lib/private/supersim", exist_ok=True)  # as the service would
        os.symlink("private/supersim", "/var/lib/supersim")
        self.dpkg("-r", NAME)
        self.assertTrue(os.path.exists("/var/lib/private/supersim"), "data is gone before a purge")
        self.dpkg("--purge", NAME)
        self.assertEqual(self.traces(), before)
        self.assertNotIn(NAME, run("dpkg-query", "-W", "-f", "${Package}\n"))


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user in another root folder")
class ImageTest(DirectoryTestCase):
    """The root folder of a container: read-only, and as nobody in particular."""

    SERVE = """
        set -eu
        mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"
        shift
        exec env -i /usr/sbin/chroot --userspec=65532:65532 "$@"
    """

    def setUp(self):
        super().setUp()
        run("cmake", "--install", BUILD, "--component", "image",
            env={**os.environ, "DESTDIR": self.path("image")})
        os.mkdir(self.path("root"))
        os.chmod(self.directory, 0o755)
        for folder, _, _ in os.walk(self.path("image")):
            os.chmod(folder, 0o755)

    def inside(self, *words, **settings):
        """A process inside of the container-to-be; variables come first, as for env."""
        variables = [word for word in words if re.match(r"^[A-Z_]+=", word)]
        script = self.SERVE.replace("env -i", "env -i " + " ".join(variables))
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, "sh", self.path("image"), self.path("root"),
             *words[len(variables):]], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, **settings)

    def finished(self, *words):
        """The exit code and the output of one that ends by itself."""
        process = self.inside(*words)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, out, err

    def test_size_and_contents(self):
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(self.path("image"))
                 for name in names]
        self.assertLess(sum(os.path.getsize(path) for path in paths), IMAGE_BYTES_MAXIMUM)
        names = [os.path.relpath(path, self.path("image")) for path in paths]
        self.assertIn("supersimd", names)
        self.assertEqual([name for name in names
                          if name != "supersimd" and not re.search(r"\.so(\.|$)", name)], [])

    def test_start_healthcheck_stop(self):
        server = self.inside("SUPERSIM_LISTEN=127.0.0.1:0", "SUPERSIM_DB=:memory:", "/supersimd")
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        ready = json.loads(server.stdout.readline())
        self.assertEqual(os.stat(f"/proc/{ready['pid']}").st_uid, NOBODY)
        address = ready["url"].removeprefix("http://")
        asked = ("SUPERSIM_LISTEN=" + address, "SUPERSIM_DB=/data/supersim.db", "/supersimd", "healthcheck")
        self.assertEqual(self.finished(*asked), (0, "", ""))
        server.terminate()
        self.assertEqual(server.wait(PATIENCE_SECONDS), 0)
        self.assertEqual(self.finished(*asked)[0], 1)

    def test_a_volume_can_be_written(self):
        """And what is not one cannot."""
        os.chown(self.path("image/data"), NOBODY, NOBODY)
        code, _, err = self.finished("SUPERSIM_LISTEN=127.0.0.1:0", "SUPERSIM_DB=/data/x.db", "/supersimd")
        self.assertEqual(code, 73, err)

    def test_a_library_that_is_opened_later(self):
        """It is there, from a note in the program; without it the program starts, and says what is missing."""
        asked = ("SUPERSIM_LISTEN=127.0.0.1:1", "/supersimd", "healthcheck")
        code, _, err = self.finished(*asked)
        self.assertEqual(code, 1)
        self.assertNotIn("libcurl", err)
        [victim] = glob.glob(self.path("image/lib/*/libcurl.so.4"))
        os.remove(victim)
        code, _, err = self.finished(*asked)
        self.assertEqual(code, 1)
        self.assertIn("libcurl.so.4", err)
        self.assertEqual(self.finished("/supersimd", "--version")[0], 0)

    def test_each_library_is_needed(self):
        [victim] = glob.glob(self.path("image/lib/*/libjansson.so.4"))
        os.remove(victim)
        code, _, err = self.finished("/supersimd", "--version")
        self.assertNotEqual(code, 0)
        self.assertIn("libjansson", err)


class ExamplesTest(DirectoryTestCase):
    """Files for CI and containers: parsed, compared, and their shell lines run."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        os.symlink(PROGRAM, self.path("bin/supersimd"))
        self.stub("npm", 'echo "$SUPERSIM_URL $TWILIO_ACCOUNT_SID $TWILIO_AUTH_TOKEN $*"')

    def stub(self, name, script):
        """A program of this name, for lines that call it."""
        with open(self.path("bin/" + name), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script + "\n")
        os.chmod(self.path("bin/" + name), 0o755)

    def shell(self, script, **variables):
        """Runs lines of an example as CI does."""
        return run("bash", "-e", "-o", "pipefail", "-c", script, cwd=self.directory, env={
            **os.environ, "PATH": self.path("bin") + ":" + os.environ["PATH"], **variables})

    def test_the_dockerfile(self):
        text = read("Dockerfile")
        wanted = re.search(r"BUILD_PACKAGES := ((?:.*\\\n)*.*)", read("Makefile"))[1]
        installed = re.search(r"(?s)--no-install-recommends (.*?)\nCOPY", text)[1]
        self.assertEqual(installed.replace("\\", "").split(), wanted.replace("\\", "").split())
        variables = re.findall(r"(\w+)=", re.search(r"(?m)^ENV (.*)$", text)[1])
        self.assertEqual(len(variables), 2)
        self.assertLessEqual(set(variables), known_options())
        command = json.loads(re.search(r"(?m)^HEALTHCHECK .* CMD (.*)$", text)[1])
        self.assertEqual(command, ["/supersimd", "healthcheck"])
        self.assertIn("\nUSER 65532:65532\n", text)

    def test_compose(self):
        services = yaml.safe_load(read("examples/compose.yaml"))["services"]
        server, tests = services["supersim"], services["tests"]
        self.assertLessEqual(set(server["environment"]), known_options())
        run(PROGRAM, "--print-config", env={**os.environ, **server["environment"]})
        self.assertEqual(tests["depends_on"], {"supersim": {"condition": "service_healthy"}})
        self.assertEqual(tests["environment"]["SUPERSIM_URL"], "http://supersim:7746")
        self.assertEqual(server["environment"]["SUPERSIM_ALLOW_HOST"], "supersim")
        self.assertEqual(os.path.realpath(os.path.join(REPOSITORY, "examples", server["build"])),
                         os.path.realpath(REPOSITORY))

    def test_gitlab_and_circle(self):
        gitlab = yaml.safe_load(read("examples/gitlab-ci.yml"))["test"]
        circle = yaml.safe_load(read("examples/circleci.yml"))["jobs"]["test"]
        steps = [step["run"] for step in circle["steps"] if isinstance(step, dict)]
        self.assertEqual(gitlab["before_script"], steps[:-1])
        self.stub("apt-get", 'echo "apt-get $*"')
        with open(self.path(f"{NAME}_1_all.deb"), "w", encoding="utf-8"):
            pass
        self.assertEqual(self.shell("\n".join(gitlab["before_script"])),
                         f"apt-get update\napt-get install -y ./{NAME}_1_all.deb\n")
        for line in (*gitlab["script"], steps[-1]):
            self.assertRegex(self.shell(line), r"^http://127\.0\.0\.1:\d+ AC[0-9a-f]{32} [0-9a-f]{32} test$")
        with open(self.path(gitlab["artifacts"]["paths"][0]), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["exit_code"], 0)

    def test_the_action(self):
        action = yaml.safe_load(read("action.yml"))
        install, start = action["runs"]["steps"]
        for step in (install, start):  # what comes from outside is never a part of the script
            self.assertNotIn("${{", step["run"])
            for value in step["env"].values():
                self.assertIn(re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)[1], action["inputs"])
        self.stub("sudo", 'echo "$*"')
        said = self.shell(install["run"], DEB=package())
        self.assertEqual(said, f"apt-get install -y {os.path.realpath(package())}\n")
        self.stub("make", f'/usr/bin/make -n "$@" >/dev/null && cmake --install {BUILD} --prefix '
                          '"${4#PREFIX=}" >/dev/null')
        self.shell(install["run"], DEB="", GITHUB_ACTION_PATH=REPOSITORY, RUNNER_TEMP=self.directory,
                   GITHUB_PATH=self.path("path"))
        with open(self.path("path"), encoding="utf-8") as file:
            self.assertTrue(os.access(os.path.join(file.read().strip(), "supersimd"), os.X_OK))
        self.check_start(start["run"], action)

    def check_start(self, script, action):
        """The server runs when the step is over, and the next steps know where."""
        files = {name: self.path(name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        self.shell(script, OPTIONS="--log-level debug  --grace 1", RUNNER_TEMP=self.directory, **files)
        with open(self.path("supersim.ready"), encoding="utf-8") as file:
            ready = json.load(file)
        self.addCleanup(os.kill, ready["pid"], 15)
        found = {}
        for name in files:
            with open(self.path(name), encoding="utf-8") as file:
                found[name] = dict(line.split("=", 1) for line in file.read().splitlines())
        variables, outputs = found["GITHUB_ENV"], found["GITHUB_OUTPUT"]
        self.assertEqual(variables["SUPERSIM_URL"], ready["url"])
        self.assertEqual(outputs["url"], ready["url"])
        self.assertEqual(set(outputs), set(action["outputs"]))
        host, port = ready["url"].removeprefix("http://").split(":")
        client = Client((host, int(port)), variables["TWILIO_ACCOUNT_SID"],
                        variables["TWILIO_AUTH_TOKEN"])
        self.addCleanup(client.close)
        self.assertEqual(client.get("/v1/Fleets").status, 200)
        with open(outputs["log"], encoding="utf-8") as file:
            self.assertIn("/v1/Fleets", file.read())
        steps = yaml.safe_load(read("examples/github-workflow.yml"))["jobs"]["test"]["steps"]
        [keep] = [step["run"] for step in steps if "requests.har" in step.get("run", "")]
        self.shell(keep, **variables)
        with open(self.path("requests.har"), encoding="utf-8") as file:
            [entry] = json.load(file)["log"]["entries"]
        self.assertIn("/v1/Fleets", entry["request"]["url"])

    def test_the_workflow_uses_what_the_action_has(self):
        steps = yaml.safe_load(read("examples/github-workflow.yml"))["jobs"]["test"]["steps"]
        action = yaml.safe_load(read("action.yml"))
        named = re.findall(r"steps\.supersim\.outputs\.(\w+)", json.dumps(steps))
        self.assertEqual(named, ["log"])
        self.assertLessEqual(set(named), set(action["outputs"]))
        self.assertEqual([step.get("id") for step in steps].count("supersim"), 1)

    def test_scripts_are_well_formed(self):
        scripts = [os.path.join("packaging", name) for name in
                   ("print", "image-root", "list-libraries", "make-package", "postinst", "prerm", "postrm")]
        run("shellcheck", *scripts, cwd=REPOSITORY)
        self.assertIsNotNone(shutil.which("dpkg"))


if __name__ == "__main__":
    unittest.main()
