/** Counts who is there. */
module com.example.visitors {
  requires dev.gatehouse.api;

  provides dev.gatehouse.api.spi.StageProvider with
      com.example.visitors.VisitorsProvider;
}
