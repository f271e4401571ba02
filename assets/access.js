/* A session that has ended: what Dash then asks for is refused with 401, and the page leads to the login. */
(function () {
  const send = window.fetch;
  window.fetch = async function (...call) {
    const response = await send.apply(this, call);
    const address = String((call[0] && call[0].url) || call[0]);
    if (response.status === 401 && address.includes('/_dash-')) {
      window.location.assign('/login?next=' + encodeURIComponent(window.location.pathname + window.location.search));
    }
    return response;
  };
})();
