/** This build: the release and a digest of its source. Page and worker must agree. */
declare const __BUILD_ID__: string;
