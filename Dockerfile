# docker build -t dataflow . && docker run -p 8000:8000 dataflow
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home dataflow \
    && install --directory --owner=dataflow --mode=0700 /var/lib/dataflow

ENV HOST=0.0.0.0 \
    PORT=8000 \
    WEB_CONCURRENCY=2 \
    DATAFLOW_HOME=/var/lib/dataflow \
    PIP_NO_CACHE_DIR=1

WORKDIR /app
RUN chown dataflow /app
USER dataflow
COPY --chown=dataflow . .
RUN make install
VOLUME /var/lib/dataflow
EXPOSE 8000
HEALTHCHECK --start-period=20s --interval=30s --timeout=5s CMD [".venv/bin/python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/live', timeout=4)"]
CMD [".venv/bin/dataflow", "serve"]
