// The provider's token for one of ours (RFC 8693): what the claims of ours are, `token-policy.yml` decides.

/** The provider's token is taken no more: the user has to sign in again. */
export class SignInAgain extends Error {}

/** An async function for `cube(...)`, which asks for a token before every request. It gets one token for all of them
 * until a tenth of its life is left, then the next. */
export function tokens(user) {
  let token;
  let end = 0;
  return async () => {
    if (Date.now() < end) {
      return token;
    }
    const asked = Date.now();
    const answer = await exchange(user.id_token);
    token = answer.access_token;
    end = asked + answer.expires_in * 900;
    return token;
  };
}

async function exchange(idToken) {
  const answer = await fetch('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: idToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    }),
  });
  const body = await answer.json();
  if (answer.ok) {
    return body;
  }
  const said = body.error_description ?? body.error;
  throw answer.status < 500 ? new SignInAgain(said) : new Error(said);
}
