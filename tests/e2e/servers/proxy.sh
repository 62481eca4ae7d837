#!/usr/bin/env bash
# Runs nginx in the foreground, on loopback, as a pull-through proxy that a license opens, in Replicated's URL layout:
# HOST/proxy/APP/ALIAS/REPOSITORY is REPOSITORY of the upstream, and HOST/proxy/APP/stranger/REPOSITORY is the same for which nobody gave
# the proxy an account.
#
#   proxy.sh FOLDER PORT ALIAS UPSTREAM_PORT      # the upstream is a registry.sh with htpasswd
#
# FOLDER/licenses is an auth_basic file with the line `LICENSE_ID:{PLAIN}THE-LICENSE'S-ID`; it is read at every request, so the license is
# revoked as soon as the line is gone. The upstream's credentials are added here and never seen by the client. It speaks TLS when FOLDER holds
# tls.crt and tls.key.
set -euo pipefail

folder=$1 port=$2 alias=$3 upstream=http://127.0.0.1:$4
basic=$(printf 'robot:robot-password' | base64)
tls=''
if [[ -e $folder/tls.crt ]]; then
    tls="ssl_certificate $folder/tls.crt; ssl_certificate_key $folder/tls.key;"
fi

# /v2/ must be answered by the upstream, not by a `return`: nginx carries that out before auth_basic, so that the ping would not be
# challenged, and clients send a license only where they were challenged.
cat >"$folder/nginx.conf" <<NGINX
daemon off;
master_process off;
pid $folder/nginx.pid;
error_log stderr warn;
events {}
http {
    access_log $folder/access.log;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    server {
        listen 127.0.0.1:$port${tls:+ ssl};
        $tls
        auth_basic "license";
        auth_basic_user_file $folder/licenses;
        proxy_set_header Authorization "Basic $basic";
        proxy_hide_header WWW-Authenticate;
        location = /v2/ {
            proxy_pass $upstream;
        }
        location ~ ^/v2/proxy/[^/]+/$alias/(?<rest>.+)\$ {
            proxy_pass $upstream/v2/\$rest\$is_args\$args;
        }
        location ~ ^/v2/proxy/[^/]+/stranger/(?<rest>.+)\$ {
            proxy_set_header Authorization "";
            proxy_pass $upstream/v2/\$rest\$is_args\$args;
        }
        location / {
            return 404;
        }
    }
}
NGINX

exec setpriv --pdeathsig KILL nginx -p "$folder" -c "$folder/nginx.conf"
