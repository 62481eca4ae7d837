// Who may pull what. nginx asks here for every request, so a license counts from the moment its file is there and until it is gone.

import crypto from 'crypto';
import fs from 'fs';

// Answers GET /v2/token, where clients go with the license's ID as the password of any user. The token is that ID again: there is nothing
// to sign, to store or to let expire, and whoever reads the one has read the other on the same connection. Who shows no license gets
// a token that opens what needs none.
function token(r) {
    const authorization = r.headersIn['Authorization'];
    if (authorization === undefined) {
        return tell(r, 'anonymous');
    }
    const id = password(authorization);
    if (license(r, id) === null) {
        return r.return(401);
    }
    tell(r, id);
}

// Answers GET /v2/.
function ping(r) {
    if (license(r, bearer(r.headersIn['Authorization'])) === null) {
        return r.return(401);
    }
    r.headersOut['Content-Type'] = 'application/json';
    r.headersOut['Docker-Distribution-Api-Version'] = 'registry/2.0';
    r.return(200, '{}');
}

// Answers nginx's auth_request: 204 lets the request pass, 401 asks for a license, 403 says that this one is not for this image.
function check(r) {
    const image = r.variables.image;
    if (/^(anonymous|anon|library)\//.test(image)) {
        return r.return(r.variables.registry ? 204 : 403);
    }
    const found = license(r, bearer(r.headersIn['Authorization']));
    if (found === null) {
        return r.return(401);
    }
    r.headersOut['Customer'] = found.customer;
    r.return(image.startsWith(`proxy/${found.app}/`) && r.variables.registry ? 204 : 403);
}

// Whose account an upstream is asked with, in words that do not open it.
function payer(r) {
    return sha256(r.variables.account || '');
}

// Takes out the challenges that an answer has so far.
function unchallenged(r) {
    delete r.headersOut['WWW-Authenticate'];
}

// The license with this ID that has not expired, or null. Licenses are kept under the SHA-256 of their ID, so what is stored opens nothing.
function license(r, id) {
    if (!id) {
        return null;
    }
    let found;
    try {
        found = JSON.parse(fs.readFileSync(`${r.variables.licenses}/${sha256(id)}`, 'utf8'));
    } catch (e) {
        return null;
    }
    // A time that can't be read is not later than now either.
    return found.expires === '' || Date.parse(found.expires) > Date.now() ? found : null;
}

function sha256(text) {
    return crypto.createHash('sha256').update(text).digest('hex');
}

function bearer(authorization) {
    const parts = /^Bearer (\S+)$/i.exec(authorization || '');
    return parts && parts[1];
}

function password(authorization) {
    const parts = /^Basic (\S+)$/i.exec(authorization);
    const account = parts && Buffer.from(parts[1], 'base64').toString();
    return account && account.slice(account.indexOf(':') + 1);
}

function tell(r, text) {
    r.headersOut['Content-Type'] = 'application/json';
    r.headersOut['Cache-Control'] = 'no-store';
    r.return(200, JSON.stringify({token: text, expires_in: 300}));
}

export default {token, ping, check, payer, unchallenged};
