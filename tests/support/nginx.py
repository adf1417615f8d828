# SPDX-License-Identifier: MIT
"""nginx in a directory of its own, unprivileged, with a configuration that is given."""
import os
import signal
import socket
import subprocess

from http_client import PATIENCE_SECONDS
from server import REPOSITORY

PLACES = ("/usr/sbin/nginx", os.path.join(REPOSITORY, "build", "nginx", "usr", "sbin", "nginx"))
# What stands around /etc/nginx/conf.d/*.conf, with all that is written in this directory.
AROUND = """
user root; # for whom it is root only
daemon off;
pid nginx.pid;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


def nginx_binary():
    """Where nginx is; None: nowhere."""
    return next((place for place in PLACES if os.access(place, os.X_OK)), None)


class Nginx:
    """Has its port once constructed, and serves once started.

    The socket is opened here and inherited, as nginx does it when it is replaced by a newer nginx: so
    the port is known before, and nobody can take it meanwhile.
    """

    def __init__(self, directory):
        self.directory = directory
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, site):
        """Begins to serve `site`, the text of a file of conf.d."""
        os.makedirs(self.directory)
        for name, text in (("nginx.conf", AROUND), ("site.conf", site)):
            with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(self.directory, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [nginx_binary(), "-p", self.directory, "-c", os.path.join(self.directory, "nginx.conf"),
                 "-e", "stderr"],
                env={"NGINX": f"{self.socket.fileno()};"}, pass_fds=(self.socket.fileno(),),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.socket.close()  # if nginx ends, nobody listens

    def log(self):
        """What nginx complained of."""
        with open(os.path.join(self.directory, "log"), encoding="utf-8") as file:
            return file.read()

    def stop(self):
        """Ends it. It must have been well."""
        self.socket.close()
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)
        if self.process.returncode != 0:
            raise AssertionError(f"nginx ended with {self.process.returncode}: {self.log()}")
