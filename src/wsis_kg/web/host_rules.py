"""What tells a host of static files that /id/… leads to a document, and in which format it is wanted.

For Apache (``.htaccess``, read where it stands), for nginx (a sample to be included in a server block), and for hosts
that read ``_redirects``. Without any of them pages and data are all there, by the names of their files.
"""

from collections.abc import Mapping
from typing import Final

from wsis_kg.engine.formats import DOCUMENT_FORMATS, JSON_LD, TRIG
from wsis_kg.views.feed import MEDIA_TYPE

from .offers import DOCUMENT_SUFFIXES

_DOCUMENT: Final = "doc/[a-z-]+/[A-Za-z0-9-]+"
_ALSO: Final = "ontology|shapes|void"


def host_rules(root: str) -> dict[str, str]:
    """The files by name; ``root`` is the path of the start page, for what has to be absolute."""
    root = root.rstrip("/") + "/"
    types = {DOCUMENT_SUFFIXES[one]: one.media_type for one in DOCUMENT_FORMATS} | {
        "atom": MEDIA_TYPE,
        "nq": "application/n-quads",
        "patch": "application/rdf-patch",
    }
    return {".htaccess": _apache(root, types), "nginx.conf.sample": _nginx(root, types), "_redirects": _redirects(root)}


def _apache(root: str, types: Mapping[str, str]) -> str:
    lines = [
        "# wsis-kg for Apache 2.4: needs mod_rewrite and AllowOverride All.",
        "DirectoryIndex index.html",
        "Options -MultiViews",
    ]
    lines += [f"AddType {media_type} .{suffix}" for suffix, media_type in types.items()]
    lines += ["AddCharset UTF-8 .html .ttl .trig .nt .nq .rdf", "RewriteEngine On", f"RewriteBase {root}"]
    lines += ["# A thing leads to the document about it (303), and that to what the client reads.",
              "RewriteRule ^id/([a-z-]+/[A-Za-z0-9-]+)$ doc/$1 [R=303,L]"]  # fmt: skip
    for wanted in DOCUMENT_FORMATS:
        scope = _DOCUMENT if wanted is TRIG else f"{_DOCUMENT}|{_ALSO}"
        lines += [
            f"RewriteCond %{{HTTP_ACCEPT}} {wanted.media_type.replace('+', '[+]')}",
            "RewriteCond %{HTTP_ACCEPT} !text/html",
            f"RewriteRule ^({scope})$ $1.{DOCUMENT_SUFFIXES[wanted]} [L]",
        ]
    lines += [
        "RewriteRule ^[.]well-known/void$ void.ttl [R=303,L]",
        "RewriteCond %{REQUEST_FILENAME}.ttl -f",
        "RewriteRule ^(graph/.+)$ $1.ttl [L]",
        "RewriteCond %{REQUEST_FILENAME}.html -f",
        "RewriteRule ^(.+[^/])$ $1.html [L]",
        'Header merge Vary "Accept"',
        'Header set Access-Control-Allow-Origin "*"',
    ]
    # Headers need a module that not every host has.
    body = "\n".join(lines[:-2])
    return f"{body}\n<IfModule mod_headers.c>\n{lines[-2]}\n{lines[-1]}\n</IfModule>\n"


def _nginx(root: str, types: Mapping[str, str]) -> str:
    kinds = "\n".join(f"    {media_type} {suffix};" for suffix, media_type in types.items())
    wanted = "\n".join(
        f"    ~*{one.media_type.replace('+', '[+]').replace('.', '[.]')} .{DOCUMENT_SUFFIXES[one]};"
        for one in (JSON_LD, *(one for one in DOCUMENT_FORMATS if one is not JSON_LD))
    )
    return f"""# wsis-kg for nginx. In the block http:
map $http_accept $wsis_suffix {{
    default .html;
    ~*text/html .html;
{wanted}
}}
# In the block server, with root at the folder above these files if the site stands at {root}:
types {{
    text/html html; text/css css; text/javascript js; font/woff2 woff2; application/gzip gz; application/xml xml;
{kinds}
}}
location ~ ^{root}id/([a-z-]+/[A-Za-z0-9-]+)$ {{
    return 303 {root}doc/$1;
}}
location {root} {{
    index index.html;
    add_header Vary Accept;
    add_header Access-Control-Allow-Origin *;
    try_files $uri $uri$wsis_suffix $uri.html $uri.ttl $uri/index.html =404;
}}
"""


def _redirects(root: str) -> str:
    lines = (
        "# For hosts that read this file.",
        f"{root}id/*  {root}doc/:splat  303",
        f"{root}.well-known/void  {root}void.ttl  303",
    )
    return "\n".join(lines) + "\n"
