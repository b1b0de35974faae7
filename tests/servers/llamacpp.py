"""The server of the PyPI package `xllamacpp` (llama.cpp, OpenAI-compatible) with a GGUF file.

python -m tests.servers.llamacpp FILE
"""

import os
import sys
import time


def main(path: str) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel, params.warmup = 4096, 1, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.use_jinja = True
    server = xllamacpp.Server(params)
    # the address as it says it: http://127.0.0.1:PORT
    print(server.listening_address.rpartition(":")[2].strip("/"), flush=True)
    while os.getppid() > 1:
        time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1])
