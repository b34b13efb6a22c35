@echo off
rem Sets GATEHOUSE_JAVA to the java.exe of a JDK or Java runtime 25 or newer: of the bundle's own
rem folder "runtime", of JAVA_HOME, on the PATH, then of the usual folders.
set "GATEHOUSE_JAVA="
call :offer "%~dp0..\runtime"
if defined GATEHOUSE_JAVA exit /b 0
if defined JAVA_HOME call :offer "%JAVA_HOME%"
if defined GATEHOUSE_JAVA exit /b 0
for %%J in (java.exe) do call :offer "%%~dp$PATH:J.."
if defined GATEHOUSE_JAVA exit /b 0
for %%D in (
  "%ProgramFiles%\Eclipse Adoptium"
  "%ProgramFiles%\Java"
  "%ProgramFiles%\Microsoft"
  "%ProgramFiles%\Amazon Corretto"
  "%ProgramFiles%\Zulu"
  "%ProgramFiles%\BellSoft"
) do for /d %%H in ("%%~D\*") do call :offer "%%~H"
if defined GATEHOUSE_JAVA exit /b 0
echo Gatehouse needs a 64-bit JDK 25, but none was found in its folder "runtime", in JAVA_HOME, on the PATH or in the usual folders. 1>&2
echo Install one, for example Eclipse Temurin 25 for x64, or set JAVA_HOME to it, and try again. 1>&2
exit /b 1

:offer
if not exist "%~1\bin\java.exe" goto :eof
if not exist "%~1\release" goto :eof
set "GATEHOUSE_MAJOR="
for /f "usebackq tokens=1,2 delims==." %%K in ("%~1\release") do if "%%K"=="JAVA_VERSION" set "GATEHOUSE_MAJOR=%%L"
if not defined GATEHOUSE_MAJOR goto :eof
rem The value begins with a quotation mark: JAVA_VERSION="25.0.1"
set "GATEHOUSE_MAJOR=%GATEHOUSE_MAJOR:"=%"
if %GATEHOUSE_MAJOR% LSS 25 goto :eof
for %%I in ("%~1\bin\java.exe") do set "GATEHOUSE_JAVA=%%~fI"
goto :eof
