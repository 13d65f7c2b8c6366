// Who looks at the page: a user of the OpenID provider, signed in by authorization code with PKCE.
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

const here = `${window.location.origin}/`;

// The provider's token is kept for this tab alone, and gone when it is closed.
const users = new UserManager({
  authority: import.meta.env.VITE_OIDC_AUTHORITY,
  client_id: import.meta.env.VITE_OIDC_CLIENT_ID,
  redirect_uri: here,
  post_logout_redirect_uri: here,
  scope: 'openid',
  userStore: new WebStorageStateStore({ store: window.sessionStorage }),
  automaticSilentRenew: false,
});

/** The user who is signed in, `undefined` when nobody is. Finishes a sign-in that the provider has just sent back. */
export async function currentUser() {
  const answer = new URLSearchParams(window.location.search);
  if (answer.has('state') && (answer.has('code') || answer.has('error'))) {
    try {
      return await users.signinCallback();
    } finally {
      // The code works once: neither a reload nor the history should show it again.
      window.history.replaceState({}, '', '/');
    }
  }
  const user = await users.getUser();
  return user && !user.expired ? user : undefined;
}

/** Leaves for the provider's page. */
export const signIn = () => users.signinRedirect();

/** Forgets the user in this tab. */
export const signOut = () => users.removeUser();
