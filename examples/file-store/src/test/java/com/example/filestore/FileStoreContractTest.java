package com.example.filestore;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.store.AuthorizationStoreContract;

/** All 39 rules. */
class FileStoreContractTest extends AuthorizationStoreContract {

  @Override
  protected AuthorizationStore create(PluginContext context) {
    return new FileStoreProvider().create(new FileStoreProvider.Config("store"), context);
  }
}
