# ruff: noqa: E501  (one line of a log each)
"""One real line of each product whose files can be imported, with the format that its import reports."""

from __future__ import annotations

import io

from forecasting.readers import import_files
from scripts.docs_tables import table

LINES: dict[str, str] = {
    "Apache, nginx: Common": '192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512',
    "Apache, nginx: Combined": '192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512 "-" "Mozilla/5.0"',
    "Combined with a virtual host and more fields": 'shop.example:443 192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512 "-" "Mozilla/5.0" 0.003 "TLSv1.3"',
    "Nginx Proxy Manager": '[24/Feb/2024:10:00:05 +0000] - 200 200 - GET https shop.example "/a" [Client 192.0.2.7] [Length 512] [Gzip -] [Sent-to 10.0.0.5] "Mozilla/5.0" "-"',
    "ingress-nginx": '192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512 "-" "Mozilla/5.0" 489 0.004 [shop-web-80] [] 10.0.0.5:8080 512 0.004 200 4f1d2c',
    "Envoy, Istio": '[2024-02-24T10:00:05.123Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 512 4 3 "-" "Mozilla/5.0" "4f1d" "shop.example" "10.0.0.5:8080"',
    "Envoy, Istio: JSON": '{"start_time":"2024-02-24T10:00:05.123Z","method":"GET","path":"/a","response_code":200,"duration":4}',
    "AWS S3": '79a5 shop [24/Feb/2024:10:00:05 +0000] 192.0.2.7 - 3E57 REST.GET.OBJECT a.png "GET /a.png HTTP/1.1" 200 - 512 512 7 6 "-" "Mozilla/5.0" -',
    "AWS Application Load Balancer": 'https 2024-02-24T10:00:05.123456Z app/shop/50dc 192.0.2.7:2817 10.0.0.5:80 0.001 0.004 0.000 200 200 34 366 "GET https://shop.example:443/a HTTP/1.1" "Mozilla/5.0" ECDHE TLSv1.2 arn',
    "AWS Network Load Balancer": "tls 2.0 2024-02-24T10:00:05 net/lb/c6 g3d 192.0.2.7:51341 10.0.0.1:443 5 2 98 246 - arn - ECDHE tlsv12 - shop.example - - - 2024-02-24T10:00:05",
    "AWS Classic Load Balancer": '2024-02-24T10:00:05.123456Z shop 192.0.2.7:2817 10.0.0.5:80 0.0001 0.004 0.0001 200 200 0 29 "GET http://shop.example:80/a HTTP/1.1" "curl/8.0" - -',
    "AWS API Gateway": '{"requestId":"c6af","ip":"192.0.2.7","requestTime":"24/Feb/2024:10:00:05 +0000","httpMethod":"GET","routeKey":"GET /a","status":"200"}',
    "AWS CloudFront, v2 JSON": '{"date":"2024-02-24","time":"10:00:05","x-edge-location":"FRA56","cs-method":"GET","cs-uri-stem":"/a","sc-status":"200"}',
    "AWS CloudFront, W3C": "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs-uri-stem sc-status\n2024-02-24\t10:00:05\tFRA56\t512\t192.0.2.7\tGET\t/a\t200",
    "Azure Front Door": '{"time":"2024-02-24T10:00:05.123Z","category":"FrontDoorAccessLog","properties":{"httpMethod":"GET","requestUri":"https://shop.example/a","httpStatusCode":"200"}}',
    "Azure Application Gateway": '{"timeStamp":"2024-02-24T10:00:05+00:00","category":"ApplicationGatewayAccessLog","properties":{"httpMethod":"GET","requestUri":"/a","httpStatus":200}}',
    "Cloudflare Logpush": '{"ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeResponseStatus":200,"EdgeStartTimestamp":"2024-02-24T10:00:05Z"}',
    "GCP load balancer": '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/a","status":200},"timestamp":"2024-02-24T10:00:05.123Z"}',
    "Kong": '{"request":{"method":"GET","uri":"/a"},"response":{"status":200},"started_at":1708768805123}',
    "Caddy": '{"level":"info","ts":1708768805.123,"logger":"http.log.access","request":{"method":"GET","uri":"/a"},"status":200}',
    "Traefik": '{"DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/a","StartUTC":"2024-02-24T10:00:05.123Z"}',
    "Fastify, pino": '{"level":30,"time":1708768805123,"req":{"method":"GET","url":"/a"},"res":{"statusCode":200},"msg":"request completed"}',
    "Heroku router": '2024-02-24T10:00:05.123+00:00 heroku[router]: at=info method=GET path="/a" host=shop.example dyno=web.1 service=18ms status=200 bytes=13',
    "logfmt": "time=2024-02-24T10:00:05Z level=info msg=request method=GET path=/a status=200 duration=3ms",
    "HAProxy HTTP": 'Feb 24 10:00:05 lb haproxy[14389]: 192.0.2.7:33317 [24/Feb/2024:10:00:05.655] web web/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"',
    "Squid": "1708768805.123    57 192.0.2.7 TCP_MISS/200 512 GET http://shop.example/a - HIER_DIRECT/10.0.0.5 text/html",
    "IIS, W3C": "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem sc-status\n2024-02-24 10:00:05 GET /a 200",
    "docker json-file": r'{"log":"192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] \"GET /a HTTP/1.1\" 200 512\n","stream":"stdout","time":"2024-02-24T10:00:05.123Z"}',
    "CRI (containerd, Kubernetes)": '2024-02-24T10:00:05.123456Z stdout F 192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512',
    "journald, JSON": r'{"__REALTIME_TIMESTAMP":"1708768805123456","_SYSTEMD_UNIT":"nginx.service","MESSAGE":"192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] \"GET /a HTTP/1.1\" 200 512"}',
    "syslog": 'Feb 24 10:00:05 web1 nginx: 192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512',
    "Filebeat": r'{"@timestamp":"2024-02-24T10:00:06.000Z","agent":{"type":"filebeat"},"message":"192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] \"GET /a HTTP/1.1\" 200 512"}',
    "docker compose logs": 'web-1  | 192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512',
    "kubectl logs --prefix": '[pod/web-7d4/nginx] 192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /a HTTP/1.1" 200 512',
    "Counts: CSV": "timestamp,requests\n2024-02-24 10:00:00,12\n2024-02-24 10:01:00,9",
    "Grafana, one series": '"Time","Value"\n2024-02-24 10:00:00,12\n2024-02-24 10:01:00,9',
    "Prometheus query_range": '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"web"},"values":[[1708768800,"12"],[1708768860,"9"]]}]}}',
    "CloudWatch metric": '{"Label":"RequestCount","Datapoints":[{"Timestamp":"2024-02-24T10:00:00Z","Sum":12.0},{"Timestamp":"2024-02-24T10:01:00Z","Sum":9.0}]}',
    "Elasticsearch date_histogram": '{"aggregations":{"per_minute":{"buckets":[{"key":1708768800000,"doc_count":12},{"key":1708768860000,"doc_count":9}]}}}',
    "Datadog metric": '{"status":"ok","series":[{"metric":"requests","pointlist":[[1708768800000,12.0],[1708768860000,9.0]]}]}',
}
"""The text of a file by product; header lines stand where the format needs them."""


def read_as(text: str) -> tuple[str, float]:
    """Return the format and the requests that the import of a file with this text reports."""
    _, report = import_files([("file.log", io.BytesIO(f"{text}\n".encode()))], name="line")
    return report.format, report.requests


def format_lines() -> str:
    """A row for each product: a line of it, and the format that its import reports."""
    rows = [[product, f"`{read_as(text)[0]}`", _shown(text)] for product, text in LINES.items()]
    return table(["product", "format", "a line"], rows)


def _shown(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").replace("\t", " ")
    escaped = escaped.replace("*", "&#42;").replace("_", "&#95;").replace("[", "&#91;")
    return f"<code>{'<br>'.join(escaped.replace(chr(92), '&#92;').splitlines())}</code>"
