// Loaded before a server (node --import): its clock runs a day behind, so that the demo need not wait for a night to pass.
const now = Date.now;
Date.now = () => now() - 24 * 60 * 60 * 1000;
