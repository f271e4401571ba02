# ruff: noqa: E501  (one format a line)
"""Lines of servers, balancers, clouds and log shippers, each with the six requests of `SECONDS`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.forecasting.readers.test_what_people_have import AGENT, CLF, COMBINED, COUNTS, ISO, SECONDS, imported, lines

START = 1_708_768_800


def j(**values: object) -> str:
    return json.dumps(values)


def each(make: Callable[[str, str, int], str]) -> list[str]:
    """Lines from the ISO time, the CLF time and the epoch second of each request."""
    return [make(*one) for one in zip(ISO, CLF, SECONDS, strict=True)]


IN_JSON = each(lambda iso, _, s: j(time=f"{iso}Z", method="GET", path="/a", status=200))

ACCESS = {
    "S3 server access": each(lambda i, c, s: f'79a59df900b9 my-bucket [{c} +0000] 192.0.2.3 arn:aws:iam::1:user/a 3E57427F REST.GET.OBJECT a.jpg "GET /my-bucket/a.jpg HTTP/1.1" 200 - 113 113 7 6 "-" "S3Console/0.4" - s9lz SigV4 TLS_AES_128 AuthHeader my-bucket.s3.amazonaws.com TLSv1.2 - -'),
    "S3, no request": each(lambda i, c, s: f'79a59df900b9 my-bucket [{c} +0000] - svc:s3 3E57427F REST.GET.VERSIONING - "GET /my-bucket?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" -'),
    "NLB": each(lambda i, c, s: f"tls 2.0 {i} net/my-nlb/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 - arn:aws:acm:eu:1:certificate/2a - ECDHE-RSA-AES128 tlsv12 - my.example.com - - - {i}"),
    "ALB with a conn trace": each(lambda i, c, s: f'https {i}.186641Z app/my-lb/50dc6c495c0c9188 192.0.2.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn:aws:x "Root=1-5833" "www.example.com" "arn:aws:y" 1 {i}.086000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_123'),
    "ALB, target gone": each(lambda i, c, s: f'h2 {i}.1Z app/my-lb/5 192.0.2.9:2817 - -1 -1 -1 502 - 0 57 "GET https://www.example.com:443/a HTTP/2.0" "-" - - - "-" "-" "-" - {i}.0Z "-" "-" "-" "-" "-" "-" "-"'),
    "classic ELB": each(lambda i, c, s: f'{i}.945958Z my-lb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -'),
    "API Gateway CLF": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /prod/a HTTP/1.1" 200 13 c6af9ac6-7b61-11e6'),
    "API Gateway epoch": each(lambda i, c, s: j(requestId="c6", ip="192.0.2.1", requestTimeEpoch=1000 * s, httpMethod="GET", resourcePath="/a", status="200", responseLength="13")),
    "API Gateway HTTP API": each(lambda i, c, s: j(requestId="JKJaXm", ip="192.0.2.1", requestTime=f"{c} +0000", routeKey="$default", status="200", protocol="HTTP/1.1")),
    "API Gateway XML": each(lambda i, c, s: f'<request id="c6"> <ip>192.0.2.1</ip> <requestTime>{c} +0000</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/a</resourcePath> <status>200</status> </request>'),
    "CloudFront v2 JSON": each(lambda i, c, s: j(**{"timestamp": str(s), "timestamp(ms)": str(1000 * s), "DistributionId": "E1", "date": i[:10], "time": i[11:], "x-edge-location": "FRA56", "sc-bytes": "390", "c-ip": "192.0.2.1", "cs-method": "GET", "cs-uri-stem": "/a", "sc-status": "200"})),
    "CloudFront real time": each(lambda i, c, s: f"{s}.002\t192.0.2.1\t0.001\t200\t390\tGET\thttps\td1.cloudfront.net\t/a\t120\tFRA56-P1"),
    "Front Door": each(lambda i, c, s: j(time=f"{i}.6548Z", resourceId="/SUB/1", category="FrontDoorAccessLog", operationName="Microsoft.Cdn/Profiles/AccessLog/Write", properties={"trackingReference": "0x", "httpMethod": "GET", "httpVersion": "2.0", "requestUri": "https://x/a", "httpStatusCode": "200", "timeTaken": "0.004"})),
    "Application Gateway": each(lambda i, c, s: j(timeStamp=f"{i}+00:00", resourceId="/SUB/1", operationName="ApplicationGatewayAccess", properties={"instanceId": "appgw_1", "clientIP": "192.0.2.1", "httpMethod": "GET", "requestUri": "/a", "httpStatus": 200, "receivedBytes": 184, "timeTaken": 0.041})),
    "App Service": each(lambda i, c, s: j(time=f"{i}Z", EventTime=f"{i}Z", category="AppServiceHTTPLogs", properties=j(CsMethod="GET", CsUriStem="/a", ScStatus=200))),
    "Logpush, RFC 3339": each(lambda i, c, s: j(ClientIP="192.0.2.1", ClientRequestMethod="GET", ClientRequestURI="/a", EdgeEndTimestamp=f"{i}Z", EdgeResponseStatus=200, EdgeStartTimestamp=f"{i}Z", RayID="3a")),
    "Logpush, unix": each(lambda i, c, s: j(ClientRequestMethod="GET", ClientRequestURI="/a", EdgeStartTimestamp=s, EdgeResponseStatus=200, OriginResponseTime=42_000_000)),
    "GCP load balancer": each(lambda i, c, s: j(insertId="1", httpRequest={"requestMethod": "GET", "requestUrl": "https://x/a", "status": 200, "latency": "0.012s"}, resource={"type": "http_load_balancer"}, timestamp=f"{i}.123456Z", receiveTimestamp=f"{i}.9Z")),
    "Cloud Run": each(lambda i, c, s: j(httpRequest={"requestMethod": "GET", "requestUrl": "https://x/a", "status": 200}, logName="projects/p/logs/run.googleapis.com%2Frequests", severity="INFO", timestamp=f"{i}.1Z")),
    "Kong": each(lambda i, c, s: j(latencies={"request": 515, "kong": 58}, service={"created_at": 1_592_000_000, "updated_at": 1_592_000_000}, request={"method": "GET", "uri": "/a", "size": 75, "headers": {"user-agent": "curl"}}, response={"status": 200, "size": 9593}, started_at=1000 * s, route={"created_at": 1_592_000_001})),
    "pino-http": each(lambda i, c, s: j(level=30, time=1000 * s + 3, pid=1, hostname="web", req={"id": 1, "method": "GET", "url": "/a", "headers": {}}, res={"statusCode": 200, "headers": {}}, responseTime=5, msg="request completed")),
    "Fastify, response only": each(lambda i, c, s: j(level=30, time=1000 * s, pid=1, hostname="w", reqId="req-1", res={"statusCode": 200}, responseTime=4.1, msg="request completed")),
    "bunyan": each(lambda i, c, s: j(name="api", hostname="h", pid=1, level=30, req={"method": "GET", "url": "/a"}, res={"statusCode": 200}, msg="", time=f"{i}.123Z", v=0)),
    "winston": each(lambda i, c, s: j(level="info", message="HTTP GET /a", meta={"req": {"url": "/a", "method": "GET"}, "res": {"statusCode": 200}}, timestamp=f"{i}.123Z")),
    "Rails Lograge JSON": each(lambda i, c, s: j(method="GET", path="/a", format="html", controller="A", action="show", status=200, duration=58.33, view=40.4, **{"@timestamp": f"{i}.000Z", "@version": "1"})),
    "Spring's logstash encoder": each(lambda i, c, s: j(**{"@timestamp": f"{i}.123+00:00", "@version": "1", "message": '192.0.2.1 - - "GET /a HTTP/1.1" 200 -', "method": "GET", "protocol": "HTTP/1.1", "status_code": 200, "requested_url": "GET /a HTTP/1.1"})),
    "IIS in Filebeat's ECS": each(lambda i, c, s: j(**{"@timestamp": f"{i}.000Z", "http.request.method": "GET", "http.response.status_code": 200, "url.path": "/a", "event.created": f"{i}.900Z"})),
    "ECS nested": each(lambda i, c, s: j(**{"@timestamp": f"{i}.000Z"}, http={"request": {"method": "GET"}, "response": {"status_code": 200, "bytes": 12}}, url={"path": "/a"})),
    "Heroku router": each(lambda i, c, s: f'{i}.123456+00:00 heroku[router]: at=info method=GET path="/a" host=x.herokuapp.com request_id=8601 fwd="192.0.2.1" dyno=web.1 connect=0ms service=13ms status=200 bytes=828 protocol=https'),
    "Heroku drain": each(lambda i, c, s: f'277 <158>1 {i}.123456+00:00 host heroku router - at=info method=GET path="/a" host=x fwd="192.0.2.1" dyno=web.1 connect=1ms service=2ms status=200 bytes=828'),
    "Traefik CLF": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/2.0" 200 2326 "-" "{AGENT}" 123 "web@docker" "http://10.0.0.1:80" 12ms'),
    "Traefik JSON": each(lambda i, c, s: j(ClientAddr="192.0.2.1:5", DownstreamStatus=200, Duration=123456789, OriginStatus=200, RequestMethod="GET", RequestPath="/a", StartLocal=f"{i[:11]}{11}{i[13:]}.1+01:00", StartUTC=f"{i}.1Z", level="info", msg="", time=f"{i}Z")),
    "HAProxy HTTP": each(lambda i, c, s: f'Feb 24 {i[11:]} lb haproxy[14389]: 192.0.2.1:33317 [{c}.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {{1wt.eu}} {{}} "GET /a HTTP/1.1"'),
    "HAProxy TLS": each(lambda i, c, s: f'<134>Feb 24 {i[11:]} haproxy[14389]: 192.0.2.1:33317 [{c}.655] https-in~ static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET https://x/a HTTP/2.0"'),
    "HAProxy, time in front": each(lambda i, c, s: f'{i}.700+00:00 lb haproxy[14389]: 192.0.2.1:33317 [{c}.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"'),
    "HAProxy TCP": each(lambda i, c, s: f"Feb 24 {i[11:]} lb haproxy[14385]: 192.0.2.1:33313 [{c}.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0"),
    "Squid native": each(lambda i, c, s: f"{s}.123    120 192.0.2.1 TCP_MISS/200 1234 GET http://example.com/a - HIER_DIRECT/93.184.216.34 text/html"),
    "Squid tunnel": each(lambda i, c, s: f"{s}.123  60120 192.0.2.1 TCP_TUNNEL/200 1234 CONNECT example.com:443 - HIER_DIRECT/93.184.216.34 -"),
    "IIS W3C": ["#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0", "#Date: 2024-02-24 10:00:00", "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken", *each(lambda i, c, s: f"{i[:10]} {i[11:]} 10.0.0.1 GET /a - 443 - 192.0.2.1 Mozilla/5.0+(Windows) - 200 0 0 15")],
    "Nginx Proxy Manager": each(lambda i, c, s: f'[{c} +0000] - 200 200 - GET https example.com "/a" [Client 192.0.2.1] [Length 1234] [Gzip -] [Sent-to 10.0.0.2] "{AGENT}" "-"'),
    "Nginx Proxy Manager, default host": each(lambda i, c, s: f'[{c} +0000] 200 - GET http localhost "/a" [Client 192.0.2.1] [Length 552] [Gzip -] "curl/8" "-"'),
    "ingress-nginx": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 612 "-" "{AGENT}" 417 0.005 [default-web-80] [] 10.244.0.7:80 612 0.004 200 6e2a1f'),
    "ingress-nginx, proxy protocol": each(lambda i, c, s: f'192.0.2.1 - [192.0.2.1] - - [{c} +0000] "GET /a HTTP/2.0" 200 612 "-" "curl" 417 0.005 [default-web-80] [] 10.244.0.7:80, 10.244.0.8:80 0, 612 0.000, 0.004 502, 200 6e2a'),
    "Envoy": each(lambda i, c, s: f'[{i}.567Z] "GET /a HTTP/1.1" 200 - 0 154 0 226 100 "192.0.2.1" "{AGENT}" "6bf0" "x" "tcp://10.0.2.1:80"'),
    "Istio": each(lambda i, c, s: f'[{i}.567Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 154 4 3 "-" "curl/8" "5d3f" "web:8000" "10.44.1.27:80" inbound|8000|| 127.0.0.6:41854 10.44.1.27:80 10.44.1.23:37652 outbound_.8000_._.web.default.svc default'),
    "Istio JSON": each(lambda i, c, s: j(start_time=f"{i}.567Z", method="GET", path="/a", response_code=200, duration=4, upstream_cluster="inbound|8000||", user_agent="curl/8")),
    "Apache, virtual host": each(lambda i, c, s: f'www.example.com:443 192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "{AGENT}"'),
    "Apache, microseconds behind": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "{AGENT}" 12345 www.example.com'),
    "Apache, a quote in the request": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a?q=\\"x\\" HTTP/1.1" 200 512 "-" "{AGENT}"'),
    "a TLS greeting on the plain port": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "\\x16\\x03\\x01\\x02" 400 157 "-" "-"'),
    "a user with blanks": each(lambda i, c, s: f'192.0.2.1 - John Q. Public [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "{AGENT}"'),
    "IPv6": each(lambda i, c, s: f'2001:db8::1 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "{AGENT}"'),
    "Tomcat": each(lambda i, c, s: f'0:0:0:0:0:0:0:1 - - [{c} +0000] "GET /a HTTP/1.1" 200 -'),
    "Tomcat with milliseconds": each(lambda i, c, s: f'192.0.2.1 - - [{c}.123 +0000] "GET /a HTTP/1.1" 200 -'),
    "Jetty": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8" 12'),
    "WildFly": each(lambda i, c, s: f"192.0.2.1 - - [{c} +0000] 'GET /a HTTP/1.1' 200 512"),
    "gunicorn": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8"'),
    "uWSGI": each(lambda i, c, s: f"[pid: 5|app: 0|req: 1/1] 192.0.2.1 () {{40 vars in 600 bytes}} [Sat Feb 24 {i[11:]} 2024] GET /a => generated 12 bytes in 3 msecs (HTTP/1.1 200) 2 headers in 78 bytes"),
    "Django's runserver": each(lambda i, c, s: f'[24/Feb/2024 {i[11:]}] "GET /a HTTP/1.1" 200 16'),
    "Puma": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 - 0.0123'),
    "WEBrick": each(lambda i, c, s: f'192.0.2.1 - - [{c} UTC] "GET /a HTTP/1.1" 200 12\n- -> /a'.partition(chr(10))[0]),
    "Echo": each(lambda i, c, s: j(time=f"{i}.123456789Z", id="", remote_ip="192.0.2.1", host="x", method="GET", uri="/a", user_agent="curl", status=200, error="", latency=123, latency_human="123ns", bytes_in=0, bytes_out=12)),
    "chi": each(lambda i, c, s: f'{i[:10].replace("-", "/")} {i[11:]} "GET http://x/a HTTP/1.1" from 192.0.2.1:5 - 200 12B in 34.5µs'),
    "zap": each(lambda i, c, s: j(level="info", ts=s + 0.123, caller="a.go:1", msg="request", status=200, method="GET", path="/a")),
    "logrus": each(lambda i, c, s: f'time="{i}Z" level=info msg="request" method=GET path=/a status=200 took=1ms'),
    "slog text": each(lambda i, c, s: f"time={i}.123Z level=INFO msg=request method=GET path=/a status=200"),
    "Loki's logfmt": each(lambda i, c, s: f"ts={i}.123Z caller=logging.go:66 level=info traceID=1 msg=\"GET /a (200) 1.5ms\""),
    "Lighttpd": each(lambda i, c, s: f'192.0.2.1 www.example.com - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "{AGENT}"'),
    "Varnish": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET http://x/a HTTP/1.1" 200 512 "-" "{AGENT}" hit'),
    "Caddy": each(lambda i, c, s: j(level="info", ts=s + 0.25, logger="http.log.access.log0", msg="handled request", request={"remote_ip": "192.0.2.1", "proto": "HTTP/2.0", "method": "GET", "host": "x", "uri": "/a", "headers": {"User-Agent": ["curl/8"]}}, duration=0.001, size=12, status=200)),
    "nginx JSON, msec": each(lambda i, c, s: j(msec=f"{s}.123", request="GET /a HTTP/1.1", status="200", request_time="0.003")),
    "nginx JSON, time_local": each(lambda i, c, s: j(time_local=f"{c} +0000", remote_addr="192.0.2.1", request="GET /a HTTP/1.1", status="200", body_bytes_sent="12")),
    "nginx JSON, time_iso8601": each(lambda i, c, s: j(time_iso8601=f"{i}+00:00", request_uri="/a", request_method="GET", status=200)),
    "nginx with pipes": each(lambda i, c, s: f"192.0.2.1|{i}+00:00|GET|/a|200|0.003"),
    "nginx, ISO in brackets": each(lambda i, c, s: f'192.0.2.1 - - [{i}+00:00] "GET /a HTTP/1.1" 200 512'),
    "OpenResty with upstreams": each(lambda i, c, s: f'192.0.2.1 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "curl" "-" rt=0.1 uct="0.0, 0.1" urt="0.1, 0.2" us="502, 200"'),
    "Akamai DataStream 2": each(lambda i, c, s: j(version=1, cp="1", reqId="a", reqTimeSec=f"{s}.120", reqMethod="GET", reqPath="a", statusCode="200", bytes="512")),
    "Fastly JSON": each(lambda i, c, s: j(timestamp=f"{i}+0000", client_ip="192.0.2.1", request_method="GET", url="/a", response_status=200)),
    "Vercel": each(lambda i, c, s: j(id="1", message="", timestamp=1000 * s, source="lambda", proxy={"timestamp": 1000 * s, "method": "GET", "statusCode": 200, "path": "/a", "host": "x"})),
    "Netlify": each(lambda i, c, s: j(log_type="traffic", timestamp=1000 * s, url="https://x/a", method="GET", status_code=200, duration=3)),
    "AWS WAF": each(lambda i, c, s: j(timestamp=1000 * s, formatVersion=1, webaclId="arn", action="ALLOW", httpSourceName="ALB", httpRequest={"clientIp": "192.0.2.1", "uri": "/a", "httpMethod": "GET", "httpVersion": "HTTP/1.1"}, responseCodeSent=None)),
    "OpenTelemetry attributes": each(lambda i, c, s: j(timestamp=f"{i}.1Z", attributes={"http.request.method": "GET", "http.response.status_code": 200, "url.path": "/a"}, severity_text="INFO")),
    "Zeek http.log as JSON": each(lambda i, c, s: j(ts=s + 0.5, uid="C1", method="GET", host="x", uri="/a", status_code=200)),
    "Suricata's eve.json": each(lambda i, c, s: j(timestamp=f"{i}.123456+0000", event_type="http", http={"hostname": "x", "url": "/a", "http_method": "GET", "status": 200})),
    "MinIO audit": each(lambda i, c, s: j(version="1", time=f"{i}.1Z", api={"name": "GetObject", "statusCode": 200}, requestPath="/a", userAgent="mc")),
    "HashiCorp's @timestamp": each(lambda i, c, s: j(**{"@level": "info", "@message": "completed request", "@timestamp": f"{i}.123456Z", "method": "GET", "path": "/a", "status_code": 200})),
    "Datadog export": each(lambda i, c, s: j(id="A", attributes={"timestamp": f"{i}.1Z", "service": "web", "attributes": {"http": {"method": "GET", "status_code": 200, "url": "/a"}}}, type="log")),
    "Sumo or Graylog GELF": each(lambda i, c, s: j(version="1.1", host="web", short_message="GET /a", timestamp=s + 0.123, _status=200, _request_method="GET", _request_uri="/a")),
    "Kubernetes audit": each(lambda i, c, s: j(kind="Event", level="Metadata", stage="ResponseComplete", requestURI="/api/v1/pods", verb="list", responseStatus={"metadata": {}, "code": 200}, requestReceivedTimestamp=f"{i}.1Z", stageTimestamp=f"{i}.2Z")),
    "Elastic's proxy": each(lambda i, c, s: j(**{"@timestamp": f"{i}Z"}, log={"level": "info"}, message="GET /a 200", http={"request": {"method": "GET"}, "response": {"status_code": 200}})),
}  # fmt: skip

SHIPPED = {
    "docker json-file": each(lambda i, c, s: j(log=f'192.0.2.7 - - [{c} +0000] "GET /a HTTP/1.1" 200 512 "-" "curl"\n', stream="stdout", time=f"{i}.1Z")),
    "docker json-file of JSON": each(lambda i, c, s: j(log=j(time=f"{i}Z", status=200, method="GET") + "\n", stream="stdout", time=f"{i}.1Z")),
    "docker json-file, no inner time": each(lambda i, c, s: j(log='192.0.2.7 - "GET /a HTTP/1.1" 200\n', stream="stdout", time=f"{i}.123456789Z")),
    "CRI": [f"{i}.123456789Z stdout F {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "CRI of JSON": [f"{i}.123456789+00:00 stdout F {line}" for i, line in zip(ISO, IN_JSON, strict=True)],
    "journald export": [j(__REALTIME_TIMESTAMP=str(10**6 * s), _SYSTEMD_UNIT="nginx.service", MESSAGE=line, PRIORITY="6") for s, line in zip(SECONDS, COMBINED, strict=True)],
    "journald, no inner time": each(lambda i, c, s: j(__REALTIME_TIMESTAMP=str(10**6 * s), MESSAGE='INFO: 192.0.2.1:5 - "GET /a HTTP/1.1" 200 OK')),
    "journalctl text": [f"Feb 24 {i[11:]} web nginx[812]: {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "journalctl short-iso": each(lambda i, c, s: f'{i}+0000 web uvicorn[812]: INFO: 192.0.2.1:5 - "GET /a HTTP/1.1" 200 OK'),
    "syslog RFC 5424": [f"<190>1 {i}.003Z web nginx - - - {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "syslog before JSON": [f"<190>Feb 24 {i[11:]} web app: {line}" for i, line in zip(ISO, IN_JSON, strict=True)],
    "Loki export": [j(labels={"app": "web"}, line=line, timestamp=f"{i}.123456789Z") for i, line in zip(ISO, COMBINED, strict=True)],
    "logcli jsonl": [j(labels={}, line=line, timestamp=f"{i}Z") for i, line in zip(ISO, IN_JSON, strict=True)],
    "Filebeat": [j(**{"@timestamp": "2024-02-24T12:00:00.000Z", "@metadata": {"beat": "filebeat"}, "message": line, "log": {"offset": 1, "file": {"path": "/var/log/nginx/access.log"}}, "host": {"name": "w"}}) for line in COMBINED],
    "Logstash": [j(**{"@timestamp": "2024-02-24T12:00:00.000Z", "event": {"original": line}, "host": {"name": "w"}}) for line in COMBINED],
    "CloudWatch tail": [f"{i}+00:00 web/nginx/0a1b {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "CloudWatch export to S3": [f"{i}.123Z {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "kubectl with prefix": [f"[pod/web-7c/nginx] {line}" for line in COMBINED],
    "kubectl with timestamps": each(lambda i, c, s: f'[pod/web-7c/app] {i}.123456789Z INFO: 192.0.2.1:5 - "GET /a HTTP/1.1" 200 OK'),
    "compose": [f"web-1  | {line}" for line in COMBINED],
    "compose, coloured": [f"\x1b[36mweb-1  |\x1b[0m {line}" for line in COMBINED],
    "compose with timestamps": each(lambda i, c, s: f'web-1  | {i}.123456789Z 192.0.2.1 "GET /a HTTP/1.1" 200 12'),
    "stern": [f"web-7c nginx {line}" for line in COMBINED],
    "Fluent Bit": [j(date=s + 0.5, log=line) for s, line in zip(SECONDS, COMBINED, strict=True)],
    "Fluentd's in_tail": [f"{i} +0000 nginx.access: {line}" for i, line in zip(ISO, IN_JSON, strict=True)],
    "Splunk's _raw": [j(_time=f"{i}.000+00:00", _raw=line, host="w") for i, line in zip(ISO, COMBINED, strict=True)],
    "pm2 with a prefix": [f"0|api  | {line}" for line in COMBINED],
    "GCP textPayload": [j(textPayload=line, timestamp=f"{i}.5Z", resource={"type": "k8s_container"}) for i, line in zip(ISO, COMBINED, strict=True)],
    "GCP jsonPayload": each(lambda i, c, s: j(jsonPayload={"method": "GET", "path": "/a", "status": 200}, timestamp=f"{i}.5Z", receiveTimestamp=f"{i}.9Z")),
    "Heroku's app": [f"{i}.123456+00:00 app[web.1]: {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "Docker's syslog driver": [f"Feb 24 {i[11:]} host docker/web[99]: {line}" for i, line in zip(ISO, COMBINED, strict=True)],
    "Vector": [j(file="/var/log/a", host="w", message=line, source_type="file", timestamp="2024-02-24T12:00:00Z") for line in COMBINED],
    "Datadog's agent": [j(status="info", message=line, timestamp=1000 * s) for s, line in zip(SECONDS, COMBINED, strict=True)],
    "a CSV of messages": ['"@timestamp","@message"', *(f'"{i[:10]} {i[11:]}.000","{line.replace(chr(34), chr(34) * 2)}"' for i, line in zip(ISO, COMBINED, strict=True))],
}  # fmt: skip


@pytest.mark.parametrize("name", [*ACCESS, *SHIPPED])
def test_a_format_is_read(name):
    series, report = imported(lines(*{**ACCESS, **SHIPPED}[name]))
    assert (series.start, series.requests_count.tolist()) == (START, COUNTS), report.to_dict()
    assert (report.requests, report.malformed) == (6, 1 if name == "a CSV of messages" else 0)
