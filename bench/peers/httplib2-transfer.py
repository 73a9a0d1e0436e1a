"""Sends a file with httplib2, as clients of SCARF's web service do: the whole request in memory.

Arguments: URL COOKIE DIRECTORY FILE. Prints what it took, as JSON.
"""

import json
import resource
import sys
import time

import httplib2

url, cookie, directory, path = sys.argv[1:]
boundary = "bqJky99mlBWa-ZuqjC53mG6EzbmlxB"
begun = time.perf_counter()
with open(path, "rb") as file:
    content = file.read()
head = (
    '--%s\r\nContent-Disposition: form-data; name="DirName"\r\nContent-ID: <DirName>\r\n\r\n%s\r\n'
    '--%s\r\nContent-Disposition: form-data; name="file"; filename="httplib2.bin"\r\nContent-ID: <file>\r\n\r\n'
) % (boundary, directory, boundary)
body = head.encode() + content + ("\r\n--%s--\r\n" % boundary).encode()
headers = {"Cookie": cookie, "Accept": "text/plain;", "Content-Type": 'multipart/mixed; boundary="%s"' % boundary}
response, answer = httplib2.Http(timeout=600).request(url, "POST", body=body, headers=headers)
seconds = time.perf_counter() - begun
if response.status != 200 or b"successfully" not in answer:
    sys.exit("status %s: %r" % (response.status, answer[:500]))
peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "peakBytes": peak_bytes}))
