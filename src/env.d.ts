/** The release this build is of, from package.json. */
declare const __APP_VERSION__: string;
