/** The release this build is of, from package.json. */
declare const __APP_VERSION__: string;
/** This build: the release and a digest of its source. Page and worker must agree. */
declare const __BUILD_ID__: string;
