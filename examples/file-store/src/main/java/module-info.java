/** An authorization store that is one file. */
module com.example.filestore {
  requires dev.gatehouse.api;

  provides dev.gatehouse.api.spi.AuthorizationStoreProvider with
      com.example.filestore.FileStoreProvider;
}
