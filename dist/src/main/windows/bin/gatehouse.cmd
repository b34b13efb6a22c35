@echo off
rem Starts Gatehouse on a JDK 25. GATEHOUSE_JAVA_OPTIONS adds options of the Java virtual machine.
setlocal EnableExtensions DisableDelayedExpansion
for %%I in ("%~dp0..") do set "GATEHOUSE_HOME=%%~fI"
call "%~dp0find-jdk.cmd"
if errorlevel 1 exit /b 2

rem Every command but the gateway is over before a better compiler would pay off.
set "QUICK=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
if /i "%~1"=="run" set "QUICK="

"%GATEHOUSE_JAVA%" ^
  --module-path "%GATEHOUSE_HOME%\lib" ^
  --add-modules ALL-DEFAULT ^
  --enable-native-access=dev.gatehouse.launcher,io.netty.common ^
  --sun-misc-unsafe-memory-access=allow ^
  %QUICK% ^
  "-Dgatehouse.plugins=%GATEHOUSE_HOME%\plugins" ^
  %GATEHOUSE_JAVA_OPTIONS% ^
  --module dev.gatehouse.launcher/dev.gatehouse.launcher.Main %*
exit /b %ERRORLEVEL%
