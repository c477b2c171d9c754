"""Dovecot, a mail server, as the tests run it: in a folder of its own, without privileges, killed at will."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

from ports import free_port

PROGRAM = Path("/usr/sbin/dovecot")
MISSING = "Dovecot is not installed: please install the packages dovecot-imapd and dovecot-lmtpd."
USER, PASSWORD = "sales", "secret/%40@word"  # a password with signs that an address has to escape
RELAYED = "relayed"
"""Mails to this user are passed on to another LMTP server."""

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
lmtp_proxy = yes
auth_username_format = %Ln
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """One mail server with one mailbox; what is in it goes when it is removed."""

    def __init__(self, relay: int = 0) -> None:
        """A server that is set up and not started; `relay` is the port of the LMTP server behind it."""
        if not PROGRAM.exists():
            raise FileNotFoundError(MISSING)
        self.folder = Path(tempfile.mkdtemp(prefix="ripeline-dovecot-"))
        self.imap, self.lmtp = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = pwd.getpwnam("dovecot") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(self._owner.pw_gid).gr_name
        (self.folder / "users").write_text(
            f"{USER}:{{PLAIN}}{PASSWORD}::::::\n"
            f"{RELAYED}:{{PLAIN}}x::::::proxy=y host=127.0.0.1 port={relay} nopassword=y\n"
        )
        (self.folder / "conf").write_text(
            CONFIGURATION.format(
                folder=self.folder, user=self._owner.pw_name, group=group, imap=self.imap, lmtp=self.lmtp
            )
        )
        (self.folder / "mail").mkdir()
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def start(self) -> Self:
        """Start the server and wait until it takes connections."""
        command = [str(PROGRAM), "-F", "-c", str(self.folder / "conf")]
        owner = self._owner.pw_name if os.geteuid() == 0 else None
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                user=owner,
                group=self._owner.pw_gid if owner else None,
                extra_groups=[],
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with suppress(OSError, IMAPClient.Error), self.opened():
                return self
            time.sleep(0.05)
        raise TimeoutError(self.log())

    def opened(self) -> IMAPClient:
        """A connection to the mailbox."""
        client = IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=10)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        return client

    def deliver(self, raw: bytes, to: str = USER) -> None:
        """Hand over a mail, as another mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as server:
            server.sendmail("ada@engine.example", [to], raw)

    def kill(self) -> None:
        """End it at once, with all connections."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None

    def remove(self) -> None:
        """End the server and delete its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What it has logged."""
        return "".join(path.read_text() for path in (self.folder / "log", self.folder / "out") if path.exists())
