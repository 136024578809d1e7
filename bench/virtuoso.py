"""Virtuoso from Debian's package, in a folder of its own, loaded once for each dataset."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

from .load import MissingTool, NoAnswer
from .peer import Server, free_port

_MISSING: Final = "Virtuoso is missing: install Debian's package virtuoso-opensource-7."
_BYTES_PER_BUFFER: Final = 8700
_LEAST_BUFFERS: Final = 20_000
_MOST_BUFFERS: Final = 250_000
"""Some 2 GiB: as much as the files of ten million quads need, and what a small machine can spare."""
_SETTINGS: Final = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
MaxClientConnections = 80
CheckpointInterval = 0
DirsAllowed = {build_folder}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 4
MaxQueryMem = 1G
VectorSize = 1000
MaxVectorSize = 1000000
[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerRoot = {folder}
ServerThreads = 64
MaxClientConnections = 64
MaxKeepAlives = 64
KeepAliveTimeout = 600
HTTPThreadSize = 280000
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = 100000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = 0
[Client]
SQL_QUERY_TIMEOUT = 0
SQL_TXN_TIMEOUT = 0
"""


class Virtuoso(Server):
    """The server with memory for the whole database and without limits on rows or time."""

    name = "Virtuoso"

    def __init__(self, build_folder: Path, scratch: Path) -> None:
        super().__init__(build_folder, scratch)
        self._sql_port = 0

    @classmethod
    def version(cls) -> str:
        """As the program says it. Raises MissingTool."""
        program = shutil.which("virtuoso-t")
        if program is None or shutil.which("isql-vt") is None:
            raise MissingTool(_MISSING)
        said = subprocess.run([program, "-?"], capture_output=True, text=True, check=False)
        lines = [line for line in (said.stderr + said.stdout).splitlines() if "Version" in line]
        return lines[0].partition("Version")[2].split(" as of")[0].strip() if lines else "unknown"

    def command(self) -> list[str]:
        """In the foreground."""
        program = shutil.which("virtuoso-t")
        if program is None:
            raise MissingTool(_MISSING)
        settings = self.scratch / "virtuoso.ini"
        size = (self.build_folder / "dataset.nq").stat().st_size
        buffers = min(max(size // _BYTES_PER_BUFFER, _LEAST_BUFFERS), _MOST_BUFFERS)
        self._sql_port = free_port()
        settings.write_text(
            _SETTINGS.format(
                folder=self.scratch,
                build_folder=self.build_folder,
                sql_port=self._sql_port,
                http_port=self.port,
                buffers=buffers,
                dirty=buffers * 3 // 4,
            ),
            encoding="utf-8",
        )
        (self.scratch / "virtuoso.lck").unlink(missing_ok=True)
        return [program, "-f", "-c", str(settings)]

    def start(self) -> None:
        """Starts it; the dataset is loaded if this folder does not hold it yet."""
        loaded = self.scratch / "loaded"
        if loaded.is_file() and loaded.read_text(encoding="utf-8") == self.build_folder.name:
            super().start()
            return
        shutil.rmtree(self.scratch, ignore_errors=True)
        super().start()
        begin = time.monotonic()
        self._sql(f"ld_dir('{self.build_folder}', 'dataset.nq', 'urn:none');")
        self._sql("rdf_loader_run();")
        failed = self._sql("SELECT ll_error FROM DB.DBA.load_list WHERE ll_error IS NOT NULL OR ll_state <> 2;")
        if "0 Rows." not in failed:
            raise NoAnswer(f"Virtuoso did not load the dataset: {failed[-300:]}")
        self._sql("checkpoint;")
        loaded.write_text(self.build_folder.name, encoding="utf-8")
        (self.scratch / "load-seconds").write_text(f"{time.monotonic() - begin:.0f}\n", encoding="utf-8")

    def stop(self) -> None:
        """Shuts it down in good order, so that its files stay whole."""
        if self.process is not None and self.process.poll() is None:
            try:
                self._sql("shutdown;")
                self.process.wait(60)
            except (NoAnswer, subprocess.TimeoutExpired):
                pass
        super().stop()

    def _sql(self, statement: str) -> str:
        ran = subprocess.run(
            ["isql-vt", f"127.0.0.1:{self._sql_port}", "dba", "dba", f"exec={statement}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if "Error" in ran.stderr or "Error" in ran.stdout:
            raise NoAnswer(f"isql-vt {statement}: {(ran.stdout + ran.stderr).strip()[-300:]}")
        return ran.stdout

    def _recover(self) -> None:
        # It goes on with a query whose client has left; the database is not written to, so nothing is lost.
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        super().stop()
        super().start()
