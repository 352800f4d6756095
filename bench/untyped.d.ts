/** Peers without types of their own. Those from elsewhere bring a second copy of Express's. */
declare module "passport";
declare module "passport-jwt";
declare module "passport-openidconnect";
