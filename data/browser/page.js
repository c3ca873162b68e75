// Runs before all else in a page. It asks again for what a browser has kept, by addresses whose
// endings each server knows. Parts of JupyterLab itself are named by their hashes.
const EDITION = new URL(".", import.meta.url).href;
const SERVED = {served};

function served(address) {
  const url = new URL(address, location);
  const ending = SERVED[/\.\w+$/.exec(url.pathname)];
  if (ending && url.href.startsWith(EDITION)) url.pathname += ending;
  return url.href;
}

const ask = window.fetch;
window.fetch = (what, how) =>
  ask(what instanceof Request ? what : served(what), { cache: "no-cache", ...how });

