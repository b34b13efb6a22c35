package dev.gatehouse.store;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.store.AuthorizationStoreContract;

class MemoryStoreContractTest extends AuthorizationStoreContract {

  @Override
  protected AuthorizationStore create(PluginContext context) {
    return new MemoryStoreProvider().create(new MemoryStoreConfig(), context);
  }

  @Override
  public boolean survivesReopen() {
    return false;
  }
}
